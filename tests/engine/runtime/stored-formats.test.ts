import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { float32, int32 } from '#engine/runtime/host-tensor.ts';
import { whileLoop } from '#engine/runtime/ops/while-loop.ts';
import {
  blocksOf,
  fromNormalFloat,
  NF4_VALUES,
  SCALE_VALUES,
  toNormalFloat,
} from '#engine/runtime/stored/normal-float.ts';
import { STORED_DTYPES, type StoredDtype } from '#engine/runtime/stored/stored-dtype.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { leakOf } from '../../support/leak-check.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

// Made by tests/golden/make_stored.py: a matrix as PyTorch and bitsandbytes store it, widened again.
const FILE = join(import.meta.dirname, '../../fixtures/stored/stored.safetensors');

const file = openSafetensors(FILE);
const tensors = new Map([...file.tensors.keys()].map((name) => [name, file.read(name)]));
file.close();
const values = tensors.get('values')!;
const SHAPE = [139, 150];
const expected = (stored: StoredDtype) => tensors.get(stored === 'float32' ? 'values' : stored)!;

/** Largest difference, relative to the largest number of the whole matrix. */
function difference(actual: ArrayLike<number>, wanted: Float32Array): number {
  expect(actual.length).toBe(wanted.length);
  const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return wanted.reduce((most, value, index) => Math.max(most, Math.abs(value - actual[index]!)), 0) / size;
}

it('has the tables of bitsandbytes', () => {
  expect([...NF4_VALUES]).toEqual([...tensors.get('nf4_values')!]);
  expect(difference(SCALE_VALUES, tensors.get('scale_values')!)).toBeLessThan(1e-7);
});

it('widens what bitsandbytes stored to the same numbers', () => {
  const { blocks, groups } = blocksOf(values.length);
  const scales = new Uint8Array(groups * 256);
  scales.set(Uint8Array.from(tensors.get('nf4_scales')!));
  const stored = {
    codes: Uint8Array.from({ length: blocks * 32 }, (_, index) => tensors.get('nf4_codes')![index] ?? 0x77),
    scales,
    scaleOfScales: tensors.get('nf4_scale_of_scales')!,
    offset: tensors.get('nf4_offset')!,
  };
  expect(difference(fromNormalFloat(stored, values.length), expected('nf4'))).toBeLessThanOrEqual(2e-7);
});

it('stores the codes that bitsandbytes stores, and neighbors of its scales where two are equally near', () => {
  const { codes, scales } = toNormalFloat(values);
  expect([...codes.subarray(0, tensors.get('nf4_codes')!.length)]).toEqual([...tensors.get('nf4_codes')!]);
  const theirs = [...tensors.get('nf4_scales')!];
  const different = theirs.filter((scale, index) => scale !== scales[index]);
  expect(different.length / theirs.length).toBeLessThan(0.01);
  expect(theirs.every((scale, index) => Math.abs(scale - scales[index]!) <= 1)).toBe(true);
});

/** As close as bitsandbytes' own storage, which differs by a step of a few scales. */
const NF4_BOUND = 0.003;

describe.each(runtimeKinds)('stored variables, $kind', ({ start, kind }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  it.each(STORED_DTYPES)('%s: widens to what PyTorch or bitsandbytes widen it to', (stored) => {
    const { variables } = runtime;
    variables.create(`${stored}/w`, float32(values, SHAPE), stored);
    const rows = Int32Array.of(5, 0, 138, 5);
    const step = runtime.compile(`widen ${stored}`, (inside, { ids, x }) => {
      const { sum } = whileLoop(
        { i: tf.scalar(0, 'int32'), sum: tf.zeros(SHAPE) },
        ({ i }) => tf.less(i!, tf.scalar(2, 'int32')),
        ({ i, sum: before }) => ({
          i: tf.add(i!, tf.scalar(1, 'int32')),
          sum: tf.add(before!, inside.widened(`${stored}/w`, before!)),
        }),
      );
      return {
        read: inside.read(`${stored}/w`),
        widened: inside.widened(`${stored}/w`, x!),
        twice: sum!,
        rows: inside.rows(`${stored}/w`, ids!),
      };
    });
    const inputs = { ids: int32(rows, [4]), x: float32([1], []) };
    const wanted = expected(stored);
    const bound = { int8: 2e-7, nf4: NF4_BOUND, float32: 0, float16: 0, bfloat16: 0 }[stored];
    expect(difference(variables.read(`${stored}/w`).data, wanted)).toBeLessThanOrEqual(bound);
    for (let call = 0; call < 2; call++) {
      const result = step(inputs);
      expect(difference(result.read!.data, wanted)).toBeLessThanOrEqual(bound);
      expect(difference(result.widened!.data, wanted)).toBeLessThanOrEqual(bound);
      expect(
        difference(
          result.twice!.data,
          wanted.map((value) => 2 * value),
        ),
      ).toBeLessThanOrEqual(bound);
      const taken = Float32Array.from([...rows].flatMap((row) => [...wanted.subarray(row * 150, (row + 1) * 150)]));
      expect(difference(result.rows!.data, taken)).toBeLessThanOrEqual(3 * bound);
    }
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    expect(leakOf(runtime, 10, () => step(inputs))).toBe(0);
    variables.remove(`${stored}/`);
  });

  it('take the bytes of their types', () => {
    const bytes = { float32: 4, float16: 2, bfloat16: 2, int8: 1, nf4: 0.5 };
    for (const stored of STORED_DTYPES) {
      runtime.variables.create(`size/${stored}`, float32(new Float32Array(2 ** 16), [256, 256]), stored);
      const perNumber = runtime.variables.bytesOf(`size/${stored}`) / 2 ** 16;
      expect(perNumber, `${kind} ${stored}`).toBeGreaterThanOrEqual(bytes[stored]);
      expect(perNumber).toBeLessThanOrEqual(bytes[stored] * 1.04);
    }
    runtime.variables.remove('size/');
  });
});
