import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { encodeBytes } from '#contract/float-array.ts';
import { OPEN_GATE } from '../../src-main/api/call-gate.ts';
import { createPageAccess } from '../../src-main/api/path-access.ts';
import { router } from '../../src-main/api/router.ts';
import { fakeHost, temporaryHome } from '../runs/fake-host.ts';

function page() {
  const userFolder = temporaryHome();
  const host = fakeHost({});
  const { home } = host.setup;
  const paths = createPageAccess({ home, userFolder, extra: [], supplied: [] });
  const context = { host, paths, calls: OPEN_GATE, dialogs: null };
  const client: ApiClient = createRouterClient(router, { context });
  return { home, userFolder, client };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'allowed',
    (error) => (fromTypedError(error) as { code: string }).code,
  );

async function send({ files }: ApiClient, contents: Readonly<Record<string, string>>) {
  const entries = Object.entries(contents);
  const announced = entries.map(([name, text]) => ({ name, bytes: bytesOf(text).length }));
  const { upload } = await files.beginUpload({ files: announced });
  for (const [index, [, text]] of entries.entries()) {
    const bytes = bytesOf(text);
    for (let offset = 0; offset < bytes.length; offset += 4) {
      await files.writeUpload({ upload, index, offset, data: encodeBytes(bytes.subarray(offset, offset + 4)) });
    }
  }
  return files.endUpload({ upload });
}

describe('bringing files', () => {
  test('a file lies below a folder named by its content, once, and no pieces stay', async () => {
    const { client, home } = page();
    const { path } = await send(client, { 'data.jsonl': 'hello, world' });
    // printf 'hello, world' | sha256sum
    const hash = '09ca7e4eaa6e8ae9c7d261167129184883644d07dfba7cbfbc4c8a2e08360d5b';
    expect(path).toBe(join(home, 'uploads', hash, 'data.jsonl'));
    expect(readFileSync(path, 'utf8')).toBe('hello, world');
    expect((await send(client, { 'data.jsonl': 'hello, world' })).path).toBe(path);
    expect(readdirSync(join(home, 'uploads', '.partial'))).toEqual([]);
  });

  test('a folder keeps its tree, and an empty file is a file', async () => {
    const { client } = page();
    const { path } = await send(client, { 'm/config.json': '{}', 'm/sub/empty': '', 'm/a b.txt': 'x' });
    expect(readdirSync(path, { recursive: true }).toSorted()).toEqual(['a b.txt', 'config.json', 'sub', 'sub/empty']);
    expect(statSync(join(path, 'sub/empty')).size).toBe(0);
  });

  test('a connection that broke goes on at the byte that was reached', async () => {
    const { client } = page();
    const { upload } = await client.files.beginUpload({ files: [{ name: 'a', bytes: 6 }] });
    const first = { upload, index: 0, offset: 0, data: encodeBytes(bytesOf('abc')) };
    expect(await client.files.writeUpload(first)).toEqual({ received: 3 });
    expect(await codeOf(client.files.writeUpload(first))).toBe('upload_piece_bad');
    expect(await codeOf(client.files.endUpload({ upload }))).toBe('upload_incomplete');
    await client.files.writeUpload({ ...first, offset: 3 });
    expect(readFileSync((await client.files.endUpload({ upload })).path, 'utf8')).toBe('abcabc');
  });

  test.each([
    [['../a']],
    [['/etc/a']],
    [['m/../../a']],
    [['m\\..\\a']],
    [['.']],
    [['m//a']],
    [['a\0']],
    [['C:a']],
    [['CON.txt']],
    [['a.']],
    [['x'.repeat(300)]],
    [['m/a', 'm/A']],
    [['a', 'b']],
    [['m/a', 'n/b']],
  ])('names that lead elsewhere or nowhere are refused: %j', async (names) => {
    const { client, home } = page();
    const files = names.map((name) => ({ name, bytes: 1 }));
    expect(await codeOf(client.files.beginUpload({ files }))).toBe('upload_names_bad');
    expect(existsSync(join(home, 'uploads'))).toBe(false);
  });

  test('more than was announced, what is not base64, an id that is a path, and what no disk holds are refused', async () => {
    const { client, home } = page();
    const { upload } = await client.files.beginUpload({ files: [{ name: 'a', bytes: 2 }] });
    const write = (data: string) => client.files.writeUpload({ upload, index: 0, offset: 0, data });
    expect(await codeOf(write(encodeBytes(bytesOf('abc'))))).toBe('upload_piece_bad');
    expect(await codeOf(write('*'))).toBe('upload_piece_bad');
    expect(await codeOf(client.files.writeUpload({ upload, index: 1, offset: 0, data: '' }))).toBe('upload_piece_bad');
    expect(await codeOf(client.files.endUpload({ upload: '../../x' }))).toBe('BAD_REQUEST');
    const huge = { files: [{ name: 'a', bytes: 2 ** 45 }] };
    expect(await codeOf(client.files.beginUpload(huge))).toBe('upload_too_large');
    await client.files.dropUpload({ upload });
    expect(await codeOf(client.files.endUpload({ upload }))).toBe('upload_unknown');
    expect(readdirSync(join(home, 'uploads', '.partial'))).toEqual([]);
  });

  test('what was left behind for a day goes when the next one comes', async () => {
    const { client, home } = page();
    const { upload } = await client.files.beginUpload({ files: [{ name: 'a', bytes: 2 }] });
    utimesSync(join(home, 'uploads', '.partial', upload), 0, 0);
    const next = await client.files.beginUpload({ files: [{ name: 'a', bytes: 2 }] });
    expect(readdirSync(join(home, 'uploads', '.partial'))).toEqual([next.upload]);
  });
});

describe('looking for files', () => {
  test('folders first, by name, wanted endings only, models marked, nothing that may not be read', async () => {
    const { client, userFolder } = page();
    for (const folder of ['zoo', 'model', '.ssh']) mkdirSync(join(userFolder, folder));
    writeFileSync(join(userFolder, 'model/config.json'), '{}');
    for (const name of ['run10.jsonl', 'run9.jsonl', 'B.JSONL', 'notes.txt', '.hidden.jsonl'])
      writeFileSync(join(userFolder, name), 'abc');
    symlinkSync('/etc', join(userFolder, 'out'));
    symlinkSync('/etc/passwd', join(userFolder, 'passwd.jsonl'));
    const listed = await client.files.list({ folder: userFolder, kinds: ['jsonl'] });
    expect(listed.entries.map(({ name, isFolder, isModel, bytes }) => [name, isFolder, isModel, bytes])).toEqual([
      ['model', true, true, 0],
      ['zoo', true, false, 0],
      ['B.JSONL', false, false, 3],
      ['run9.jsonl', false, false, 3],
      ['run10.jsonl', false, false, 3],
    ]);
    expect(listed).toMatchObject({ folder: userFolder, parent: null, isCut: false });
    expect((await client.files.list({ folder: join(userFolder, 'zoo') })).parent).toBe(userFolder);
  });

  test('a folder is made, once, by a plain name', async () => {
    const { client, userFolder } = page();
    const make = (name: string) => client.files.makeFolder({ folder: userFolder, name });
    expect(await make('new')).toEqual({ path: join(userFolder, 'new') });
    expect(await codeOf(make('new'))).toBe('folder_not_made');
    for (const name of ['..', 'a/b', '../x']) expect(await codeOf(make(name))).toBe('folder_name_bad');
  });

  test('a page learns where to begin, and that there are no dialogs here', async () => {
    const { client, userFolder, home } = page();
    const { roots, hasDialogs } = await client.files.roots();
    expect([roots.map(({ path }) => path), hasDialogs]).toEqual([[userFolder, home], false]);
    expect(await codeOf(client.files.pick({ what: 'file', title: 'x' }))).toBe('no_dialogs');
    expect(await codeOf(client.files.list({ folder: join(userFolder, 'nowhere') }))).toBe('folder_unreadable');
  });
});
