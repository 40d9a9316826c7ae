import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatNumber } from '../../../../src-renderer/parts/words/format-number.ts';

test('a number is written as the locale writes it, without asking the locale', () => {
  const sizes = fc.oneof(
    fc.double({ min: 1e-4, max: 1e7, maxExcluded: true, noNaN: true }),
    fc.integer({ min: 0, max: 9_999_999 }),
  );
  fc.assert(
    fc.property(sizes, fc.boolean(), fc.integer({ min: 1, max: 8 }), (size, isBelow, digits) => {
      const rounded = Number.isInteger(size) ? size : Number(size.toPrecision(digits));
      const written = rounded.toLocaleString('en-US', { maximumFractionDigits: 6 });
      const isNegative = isBelow && size !== 0;
      expect(formatNumber(isNegative ? -size : size, digits)).toBe(isNegative ? `−${written}` : written);
    }),
    { numRuns: 2000, seed: 0 },
  );
});
