import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listZip, unzip } from '../../scripts/setup/zip-archive.mjs';
import { makeZip } from './make-zip.ts';
import { temporaryFolder } from './temporary-folder.ts';

const members = [
  { name: 'tensorflow/lib.so', content: 'library '.repeat(5000) },
  { name: 'tensorflow/include/', content: '', stored: true },
  { name: 'tensorflow/include/c.h', content: 'int c;', stored: true },
  { name: 'tensorflow/empty', content: '', stored: true },
  { name: 'other/left-out', content: 'x' },
];

function write(zip: Buffer) {
  const folder = temporaryFolder();
  const path = join(folder, 'archive.zip');
  writeFileSync(path, zip);
  return { folder, path, out: join(folder, 'out') };
}

const below = (prefix: string) => (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : null);

test.each([{ wide: false }, { wide: true }])('chosen entries come out as they were (zip64: $wide)', async (form) => {
  const { path, out } = write(makeZip(members, form));
  let bytes = 0;
  const count = await unzip(path, below('tensorflow/'), out, (more) => {
    bytes += more;
  });
  expect({ count, bytes }).toEqual({ count: 3, bytes: 40_006 });
  expect(readFileSync(join(out, 'lib.so'), 'utf8')).toBe('library '.repeat(5000));
  expect(readFileSync(join(out, 'include/c.h'), 'utf8')).toBe('int c;');
  expect(readFileSync(join(out, 'empty'), 'utf8')).toBe('');
  expect(existsSync(join(out, 'left-out'))).toBe(false);
});

test('sizes of 64 bits are read', async () => {
  const { path } = write(makeZip(members, { wide: true }));
  const [first] = await listZip(path);
  expect(first).toMatchObject({ name: 'tensorflow/lib.so', size: 40_000, headerOffset: 0 });
});

test('a file cut short is refused', async () => {
  const zip = makeZip(members);
  const { path } = write(zip.subarray(0, zip.length - 40));
  await expect(listZip(path)).rejects.toMatchObject({ code: 'zip-broken' });
});

test.each(['../outside', 'a/../../outside', '/etc/outside', 'C:\\outside'])(
  'a name that leads out is refused: %s',
  async (name) => {
    const { path, out } = write(makeZip([{ name, content: 'x' }]));
    await expect(unzip(path, (each) => each, out)).rejects.toMatchObject({ code: 'zip-broken' });
  },
);
