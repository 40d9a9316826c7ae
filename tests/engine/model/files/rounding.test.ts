import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { roundingOf } from '#engine/model/files/rounding.ts';
import { encodeFloats, type WrittenDtype } from '#engine/model/safetensors/dtypes.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

// Made by tests/golden/make_rounding.py: bits of float32 values, and those that PyTorch stores for them.
const stored = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/stored/rounding.json'), 'utf8'),
) as Readonly<Record<'float32' | 'bfloat16' | 'float16', readonly string[]>>;

it.each([
  ['bfloat16', 'BF16'],
  ['float16', 'F16'],
] as const)('%s: stores the bits that PyTorch stores', (name, dtype: WrittenDtype) => {
  const words = Uint32Array.from(stored.float32, (bits) => Number.parseInt(bits, 16));
  const bytes = encodeFloats(dtype, new Float32Array(words.buffer));
  const shorts = [...new Uint16Array(bytes.buffer)].map((bits) => bits.toString(16));
  expect(shorts).toEqual(stored[name]);
});

let runtime: Runtime;
beforeEach(async () => {
  runtime = await runtimeKinds[0]!.start();
});
afterEach(() => runtime.dispose());

const create = (name: string, values: readonly number[]) =>
  runtime.variables.create(`m/${name}`, float32(Float32Array.from(values), [values.length]));

it('counts what changes and what becomes 0; infinities and NaN stay', () => {
  create('a', [1, 0.1, 1e-9, 0, Number.NaN, Number.POSITIVE_INFINITY]);
  expect(roundingOf(runtime.variables, 'm', 'float16')).toEqual({ values: 6, changed: 2, to_zero: 1 });
  expect(roundingOf(runtime.variables, 'm', 'float32')).toEqual({ values: 6, changed: 0, to_zero: 0 });
});

it('refuses values beyond the range with the name and number of each tensor', () => {
  create('fits', [65_504, 65_519, -65_519]);
  create('large', [65_520, 1, -1e6]);
  create('huge', [3.4e38, 7e4]);
  const tell = (dtype: 'float16' | 'bfloat16') => {
    try {
      return roundingOf(runtime.variables, 'm', dtype);
    } catch (error) {
      return error;
    }
  };
  expect(tell('float16')).toMatchObject({
    code: 'weights_exceed_dtype',
    why: expect.stringMatching(/^4 weights would become infinite as float16/),
    faults: [
      { where: 'large', why: "has 2 of 3 beyond float16's range (up to 1000000)" },
      { where: 'huge', why: "has 2 of 2 beyond float16's range (up to 3.4e+38)" },
    ],
  });
  expect(tell('bfloat16')).toMatchObject({
    faults: [{ where: 'huge', why: "has 1 of 2 beyond bfloat16's range (up to 3.4e+38)" }],
  });
});
