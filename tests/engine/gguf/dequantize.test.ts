import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openGguf } from '#engine/gguf/open-gguf.ts';

// Made by tests/fixtures/gguf/make.py with the Python package gguf.
const FOLDER = join(import.meta.dirname, '../../fixtures/gguf');

const digest = (values: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

test('every tensor type is widened bit-equal to gguf.quants.dequantize', () => {
  const expected: unknown = JSON.parse(readFileSync(join(FOLDER, 'types.json'), 'utf8'));
  const file = openGguf(join(FOLDER, 'types.gguf'));
  const found = [...file.tensors.values()].map(({ name, shape }) => [name, { shape, sha256: digest(file.read(name)) }]);
  file.close();
  expect(found).toHaveLength(13);
  expect(Object.fromEntries(found)).toEqual(expected);
});

test('metadata of every width is read', () => {
  const file = openGguf(join(FOLDER, 'types.gguf'));
  file.close();
  const keys = ['test.float64', 'test.int64', 'test.uint64', 'test.nested'];
  expect(keys.map((key) => file.metadata.get(key))).toEqual([
    0.1,
    -(2 ** 40),
    2n ** 60n,
    [
      [1, 2],
      [3, 4],
    ],
  ]);
});
