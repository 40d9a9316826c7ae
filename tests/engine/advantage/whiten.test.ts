import { expect, test } from 'vitest';
import { whitened } from '#engine/advantage/whiten.ts';
import { maskedStatistics } from '#engine/metrics/masked-statistics.ts';
import { expectDouble, flat, type Nested, readGolden } from '../../support/apa-vectors.ts';

interface WhitenCase {
  readonly name: string;
  readonly inputs: { readonly x: Nested; readonly mask: Nested };
  readonly expected: Readonly<Record<string, Nested>>;
}
const { whiten_cases: cases } = readGolden<{ readonly whiten_cases: readonly WhitenCase[] }>('vectors.json');

test.each(cases)('$name', ({ inputs, expected }) => {
  const [x, stored] = [flat(inputs.x), flat(inputs.mask)];
  for (const [name, want] of Object.entries(expected)) {
    if (name === 'masked_mean') {
      expectDouble([maskedStatistics(x, stored).mean], want);
      continue;
    }
    const [over, divisor, shift] = name.split('_');
    const options = { unbiased: divisor === 'unbiased', shiftMean: shift === 'shift' };
    expectDouble(whitened(x, over === 'all' ? null : stored, options), want);
  }
});

test('cells that do not count stay 0 whatever they hold', () => {
  expect([...whitened([1, 3, Number.NaN], [1, 1, 0], { unbiased: false, epsilon: 0 })]).toEqual([-1, 1, 0]);
});
