import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quantize } from '#engine/gguf/quantize/quantize.ts';
import { dequantize } from '#engine/gguf/types/dequantize.ts';
import { type TensorTypeName, tensorTypeNamed } from '#engine/gguf/types/tensor-types.ts';

// Made by make_quantized.py with the ggml library of llama.cpp.
const FOLDER = join(import.meta.dirname, '../../fixtures/gguf');
const expected = JSON.parse(readFileSync(join(FOLDER, 'quantized.json'), 'utf8')) as Readonly<
  Record<string, { readonly bytes: string; readonly error: number }>
>;
const file = readFileSync(join(FOLDER, 'quantized.f32'));
const values = new Float32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));

test.each(['Q8_0', 'Q4_0', 'Q5_0', 'Q5_1'])('%s: bytes equal those of ggml', (name) => {
  const bytes = quantize('values', tensorTypeNamed(name as TensorTypeName), values);
  expect(Buffer.from(bytes).toString('base64')).toBe(expected[name]?.bytes);
});

test.each(['Q4_K', 'Q5_K', 'Q6_K'])(
  '%s: values equal those of ggml, which leaves unused bits in groups of zeros',
  (name) => {
    const type = tensorTypeNamed(name as TensorTypeName);
    const bytes = new Uint8Array(quantize('values', type, values));
    const theirs = new Uint8Array(Buffer.from(expected[name]?.bytes ?? '', 'base64'));
    const [own, other] = [dequantize(type, bytes), dequantize(type, theirs)];
    const error = Math.sqrt(
      values.reduce((sum, value, at) => sum + (value - (own[at] as number)) ** 2, 0) / values.length,
    );
    // 0 and -0 count as equal.
    expect(own.findIndex((value, at) => value !== other[at])).toBe(-1);
    expect(error).toBeCloseTo(expected[name]?.error ?? 0, 9);
  },
);
