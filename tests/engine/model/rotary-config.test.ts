import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RotaryInput, rotaryOf } from '#engine/model/config/rotary-config.ts';

interface Case {
  readonly head_dim: number;
  readonly rope_parameters: NonNullable<RotaryInput['rope_parameters']>;
  readonly frequencies: readonly number[];
  readonly factor: number;
}

/** What transformers' ROPE_INIT_FUNCTIONS compute; see tests/golden/make_rotary.py. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/rotary.json'), 'utf8')) as Case[];

it.each(cases)('$rope_parameters, heads of width $head_dim', ({ head_dim, rope_parameters, frequencies, factor }) => {
  const refuse = (why: string) => expect.fail(why);
  const actual = rotaryOf({ rope_parameters }, head_dim, { base: 10_000, share: 1 }, refuse);
  expect(actual.cosines).toBeCloseTo(factor, 12);
  expect(actual.frequencies).toHaveLength(frequencies.length);
  // Relative: the smallest frequencies are far below 1. Float32 rounds its last digit differently in a few places.
  actual.frequencies.forEach((frequency, pair) => {
    expect(Math.abs(frequency / (frequencies[pair] as number) - 1)).toBeLessThan(3e-7);
  });
});
