import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { download } from '../../scripts/setup/download.mjs';
import { interruptedFile, serve, wholeFile } from './file-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

const content = Buffer.from('0123456789'.repeat(20_000));
const sha256 = createHash('sha256').update(content).digest('hex');

function request(url: string, more: object = {}) {
  const target = join(temporaryFolder(), 'file');
  return { url: `${url}/file`, target, sha256, size: content.length, label: 'file', ...more };
}

test('a file arrives under its name, and is not fetched again', async () => {
  const server = await serve({ '/file': wholeFile(content) });
  const wanted = request(server.url);
  expect(await download(wanted)).toEqual({ sha256 });
  expect(await download(wanted)).toEqual({ sha256 });
  expect(readFileSync(wanted.target).equals(content)).toBe(true);
  expect(server.requests).toEqual(['/file']);
});

test('a broken connection is taken up where it broke', async () => {
  let sent: (response: ServerResponse) => void = () => undefined;
  const halfSent = new Promise<ServerResponse>((resolve) => {
    sent = resolve;
  });
  const server = await serve({ '/file': interruptedFile(content, 60_000, (response) => sent(response)) });
  const wanted = request(server.url);
  const done = download(wanted);
  const response = await halfSent;
  const part = `${wanted.target}.part`;
  await expect.poll(() => existsSync(part) && readFileSync(part).length).toBe(60_000);
  response.destroy();
  await done;
  expect(readFileSync(wanted.target).equals(content)).toBe(true);
  expect(server.requests).toEqual(['/file', '/file bytes=60000-']);
});

test('what an earlier process left is taken up, also when all of it is there', async () => {
  for (const present of [50_000, content.length]) {
    const server = await serve({ '/file': wholeFile(content) });
    const wanted = request(server.url);
    writeFileSync(`${wanted.target}.part`, content.subarray(0, present));
    await download(wanted);
    expect(readFileSync(wanted.target).equals(content)).toBe(true);
    expect(server.requests).toEqual(present < content.length ? ['/file bytes=50000-'] : []);
  }
});

test('a server that knows no ranges sends the whole file', async () => {
  const server = await serve({ '/file': (_request, response) => response.end(content) });
  const wanted = request(server.url);
  writeFileSync(`${wanted.target}.part`, 'left over');
  await download(wanted);
  expect(readFileSync(wanted.target).equals(content)).toBe(true);
});

test('a file with another hash is refused and removed', async () => {
  const server = await serve({ '/file': wholeFile(Buffer.from(content).fill('x', 0, 1)) });
  const wanted = request(server.url);
  await expect(download(wanted)).rejects.toMatchObject({ code: 'hash-mismatch' });
  expect(readdirSync(join(wanted.target, '..'))).toEqual([]);
});

test('a refusal is told at once, and nothing gets the final name', async () => {
  const server = await serve({});
  const wanted = request(server.url);
  await expect(download(wanted)).rejects.toMatchObject({
    code: 'download-failed',
    why: expect.stringContaining('404'),
  });
  expect(server.requests).toHaveLength(1);
  expect(existsSync(wanted.target)).toBe(false);
});
