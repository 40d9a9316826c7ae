import { expect, test } from 'vitest';
import { zip } from '../../src-main/clusters/zip.ts';
import { readZip } from '../support/read-zip.ts';

test('an archive has its files, and equal files give equal archives', () => {
  const files = [
    { name: 'a/keel.py', bytes: Buffer.from('print("π")\n'.repeat(1000)) },
    { name: 'leer', bytes: Buffer.alloc(0) },
  ];
  expect(zip(files)).toEqual(zip(files));
  for (const { name, bytes } of files) expect(readZip(zip(files), name)).toEqual(bytes);
});
