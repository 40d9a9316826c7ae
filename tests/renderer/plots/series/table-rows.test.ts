import { expect, test } from 'vitest';
import { formatTick, formatTicks, tickSteps, wallUnit } from '../../../../src-renderer/plots/format-axis.ts';
import { metricWords } from '../../../../src-renderer/plots/metric-words.ts';
import type { PlotLine } from '../../../../src-renderer/plots/plot-line.ts';
import { tableRows, valueNear } from '../../../../src-renderer/plots/series/table-rows.ts';
import { describeLine } from '../../../../src-renderer/plots/series/use-spoken-summary.ts';

const line = (label: string, points: readonly (readonly [number, number])[], count = points.length): PlotLine => ({
  ...{ key: label, label, color: '--series-1', means: null, count },
  points: { steps: Float64Array.from(points, ([x]) => x), values: Float64Array.from(points, ([, y]) => y) },
});
const KL = line('KL', [
  [1, 0.5],
  [2, Number.NaN],
  [4, 2],
]);
const REWARD = line('reward', [
  [2, -1],
  [9, 3],
]);

test('a table has a row for every step in sight, with what each line has there', () => {
  expect(tableRows([KL, REWARD], [2, 8])).toEqual([
    { step: 2, values: [Number.NaN, -1] },
    { step: 4, values: [2, null] },
  ]);
  expect(tableRows([KL, REWARD], null).map(({ step }) => step)).toEqual([1, 2, 4, 9]);
});

test('a value is read where it was measured, and nowhere after it', () => {
  const near = (reach: number) => [0, 1, 2, 3, 6, 8, 9, 100].map((step) => valueNear(REWARD, step, reach));
  expect(near(0.5)).toEqual([null, null, -1, null, null, null, 3, null]);
  expect(near(1)).toEqual([null, -1, -1, -1, null, 3, 3, null]);
  expect(valueNear(line('none', []), 3, 10)).toBeNull();
});

test('a line is told in a sentence', () => {
  expect(describeLine(KL)).toBe('KL: 3 points, from 0.5 to 2 at step 4, lowest 0.5, highest 2, 1 not finite.');
  expect(describeLine(line('entropy', []))).toBe('entropy: no data yet.');
});

test('a number says what it is', () => {
  expect(metricWords('objective/kl')[0]).toBe('objective/kl · nats per response · lower is better');
  expect(metricWords('my/own')).toEqual(['my/own', 'Not in the metric catalog.']);
});

test('ticks are short', () => {
  const values = [20_000, 150, 0.05, 3e7, 5e-4, -4.99e-5];
  expect(values.map((value) => formatTick(value))).toEqual(['20k', '150', '0.05', '30M', '5e−4', '−4.99e−5']);
});

test('wall time has one unit for a whole axis, and steps have whole numbers', () => {
  expect([100, 900, 7200, 20_000, 1e6].map((most) => wallUnit(most).name)).toEqual(['s', 'min', 'min', 'h', 'days']);
  expect(tickSteps(1, 1).slice(0, 5)).toEqual([1, 2, 5, 10, 20]);
});

test('ticks that lie close together have the digits that tell them apart', () => {
  expect(formatTicks([0.0004992, 0.0004994, null, 0.0005])).toEqual(['4.992e−4', '4.994e−4', '', '5e−4']);
  expect(formatTicks([840.2e6, 840.4e6, 840.6e6])).toEqual(['840.2M', '840.4M', '840.6M']);
  expect(formatTicks([0, 1, 2])).toEqual(['0', '1', '2']);
  expect(formatTicks([1, 1 + 1e-9])).toEqual(['1', '+1e−9']);
  const wide = formatTicks([-0.000384921, -0.000384922, -0.000384923]);
  expect(Math.max(...wide.map((text) => text.length))).toBeLessThanOrEqual(8);
});
