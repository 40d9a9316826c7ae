import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { fetchFiles } from '../../src-main/clusters/fetch-files.ts';
import { filesBelow, filesOfRun } from '../../src-main/clusters/node/run-files.ts';

let [node, here] = ['', ''];
let reads: string[] = [];

beforeEach(() => {
  [node, here] = ['node', 'here'].map((name) => mkdtempSync(join(tmpdir(), `keel-${name}-`))) as [string, string];
  reads = [];
  const step = join(node, 'checkpoint-00000005');
  mkdirSync(step);
  mkdirSync(join(node, 'artifacts', 'policy'), { recursive: true });
  for (const [name, text] of [
    ['checkpoint-00000005/policy.safetensors', 'weights'],
    ['checkpoint-00000005/manifest.json', '{}'],
    ['checkpoint-00000005/empty', ''],
    ['artifacts/policy/model.safetensors', 'model'],
    ['inputs.json', '{"a":1}'],
  ] as const)
    writeFileSync(join(node, name), text);
  onTestFinished(() => {
    for (const folder of [node, here]) rmSync(folder, { recursive: true });
  });
});

const read = async (path: string) => {
  reads.push(path);
  return readFileSync(join(node, path));
};
const checkpoint = () => [...filesBelow(node, join(node, 'checkpoint-00000005')), ...filesOfRun(node)];
const below = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test('folders and files of a run arrive with their content, once', async () => {
  const all = [...checkpoint(), ...filesBelow(node, join(node, 'artifacts', 'policy'))];
  await fetchFiles(here, all, read);
  expect(below(here)).toEqual(below(node));
  for (const name of below(node)) expect(readFileSync(join(here, name))).toEqual(readFileSync(join(node, name)));
  const count = reads.length;
  await fetchFiles(here, all, read);
  expect(reads.length).toBe(count);
});

test('a folder has its name only when it is complete; the next attempt goes on', async () => {
  const breaking = async (path: string) => {
    if (path.endsWith('policy.safetensors')) throw new Error('cut');
    return read(path);
  };
  const files = checkpoint().sort((a, b) => (a.path < b.path ? -1 : 1));
  await expect(fetchFiles(here, files, breaking)).rejects.toThrow('cut');
  expect(existsSync(join(here, 'checkpoint-00000005'))).toBe(false);
  const before = [...reads];
  expect(before).toContain('checkpoint-00000005/manifest.json');
  await fetchFiles(here, files, read);
  expect(reads.slice(before.length)).toEqual(['checkpoint-00000005/policy.safetensors']);
  expect(existsSync(join(here, '.arriving'))).toBe(false);
});

test('a file with another content is refused, and what was there stays', async () => {
  await fetchFiles(here, checkpoint(), read);
  const files = checkpoint();
  writeFileSync(join(here, 'checkpoint-00000005', 'policy.safetensors'), 'of before');
  const damaged = fetchFiles(here, files, async (path) => Buffer.concat([await read(path), Buffer.from('!')]));
  await expect(damaged).rejects.toMatchObject({ code: 'cluster_file_damaged' });
  expect(readFileSync(join(here, 'checkpoint-00000005', 'policy.safetensors'), 'utf8')).toBe('of before');
});

test.each(['../out', '/etc/passwd', 'a/../../b', 'a\\b'])('a node cannot write outside the run: %s', async (path) => {
  const file = { path, bytes: 1, sha256: '0'.repeat(64) };
  await expect(fetchFiles(here, [file], read)).rejects.toMatchObject({ code: 'cluster_path' });
  expect(reads).toEqual([]);
});

test('a file is checked as the node has it, and written as this machine should have it', async () => {
  const files = filesBelow(node, join(node, 'artifacts', 'policy'));
  await fetchFiles(here, files, read, (path, bytes) => Buffer.from(`${path}: ${bytes}`));
  const path = 'artifacts/policy/model.safetensors';
  expect(readFileSync(join(here, path), 'utf8')).toBe(`${path}: model`);
});
