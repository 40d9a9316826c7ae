import { expect, test } from 'vitest';
import { certify } from '../../../src-main/engine/evaluation/certificate.ts';
import { pearson, spearman } from '../../../src-main/engine/evaluation/correlation.ts';

test('correlations by hand', () => {
  expect(pearson([1, 2, 3], [2, 4, 7])).toBeCloseTo(0.99339927, 8);
  expect(spearman([1, 10, 100], [3, 5, 4])).toBeCloseTo(0.5, 12);
  expect(pearson([1, 1, 1], [1, 2, 3])).toBe(0);
});

test('a certificate of four pairs, worked by hand', () => {
  // Margins 2, 1, -1, 0; a tie counts one half: accuracy 2.5 / 4.
  const pairs = [
    { chosenScore: 3, rejectedScore: 1, chosenLength: 5, rejectedLength: 9 },
    { chosenScore: 2, rejectedScore: 1, chosenLength: 7, rejectedLength: 6 },
    { chosenScore: 0, rejectedScore: 1, chosenLength: 4, rejectedLength: 8 },
    { chosenScore: 1, rejectedScore: 1, chosenLength: 3, rejectedLength: 3 },
  ];
  const certificate = certify(pairs);
  expect(certificate.accuracy.share).toBe(0.625);
  expect(certificate.includesChance).toBe(true);
  expect(certificate.shorterWins.share).toBe(0.625);
  expect(certificate.worst).toEqual([2]);
  expect(certificate.scores.mean).toBeCloseTo(1.25, 12);
  expect(certificate.calibration.reduce((sum, bin) => sum + bin.n, 0)).toBe(4);
  // Confidence of margin 2 is 0.8808 and right; of ±1 is 0.7311, right half the time; of 0 is 0.5 and half right.
  expect(certificate.calibrationError).toBeCloseTo((1 * (1 - 0.880797) + 2 * (0.731059 - 0.5) + 0) / 4, 5);
  expect(certificate.byMargin.map((bin) => bin.accuracy)).toEqual([0.5, 1, 0, 1]);
});

test('a certificate above chance says so', () => {
  const pairs = Array.from({ length: 100 }, (_, i) => ({
    chosenScore: i % 10 === 0 ? -1 : 1,
    rejectedScore: 0,
    chosenLength: 1,
    rejectedLength: 1,
  }));
  expect(certify(pairs).includesChance).toBe(false);
  expect(certify(pairs).accuracy.share).toBe(0.9);
});
