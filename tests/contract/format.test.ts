import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatDigits, formatFixed, formatPercent } from '#contract/format.ts';

test('counts, shares and digits are written as American English has them', () => {
  expect([formatCount(12_345), formatPercent(0.9412), formatPercent(1, 0)]).toEqual(['12,345', '94.1%', '100%']);
  expect([formatFixed(0.3, 2), formatFixed(1234.5, 1), formatFixed(-0.5, 1)]).toEqual(['0.30', '1,234.5', '-0.5']);
  expect([formatDigits(0.012345, 3), formatDigits(12_345, 3), formatDigits(2, 3)]).toEqual(['0.0123', '12,300', '2']);
});

test('bytes have three digits in powers of 1000', () => {
  const sizes = [0, 999, 1000, 4_194_304, 999_499, 999_500, 1.2e9, 5e15];
  expect(sizes.map((size) => formatBytes(size))).toEqual([
    ...['0 B', '999 B', '1 kB', '4.19 MB', '999 kB', '1 MB', '1.2 GB', '5,000 TB'],
  ]);
});

test('what has to be freed is rounded up', () => {
  expect([formatBytes(52_410_001, 'ceil'), formatBytes(52_410_001)]).toEqual(['52.5 MB', '52.4 MB']);
  expect([999_000, 999_001].map((size) => formatBytes(size, 'ceil'))).toEqual(['999 kB', '1 MB']);
});
