import { expect, test } from 'vitest';
import { createAxisMap } from '../../../../src-renderer/plots/axis-map.ts';
import type { PlotLine } from '../../../../src-renderer/plots/plot-line.ts';
import {
  axisRange,
  type ChartModel,
  chartData,
  isSparse,
  shapeOf,
} from '../../../../src-renderer/plots/series/chart-model.ts';

const line = (key: string, size: number): PlotLine => ({
  ...{ key, label: key, color: '--series-1', means: null, count: size },
  points: { steps: Float64Array.from({ length: size }, (_, at) => at), values: new Float64Array(size).fill(2) },
});
const model = (more: Partial<ChartModel>): ChartModel => ({
  ...{ lines: [], marks: [], axis: 'step', map: createAxisMap(null), range: null },
  ...{ smoothing: 0.6, isLog: false, isStacked: false, end: null, stepName: 'iteration' },
  ...more,
});

test('a long line is faint behind its average, a short one is drawn as it is', () => {
  const lines = [line('long', 40), line('short', 5)];
  const looks = ({ drawn }: ReturnType<typeof chartData>) => drawn.map(({ line: { key }, isFaint }) => [key, isFaint]);
  const smoothed = chartData(model({ lines }));
  expect(looks(smoothed)).toEqual([
    ['long', true],
    ['short', false],
    ['long', false],
  ]);
  expect(smoothed.data).toHaveLength(4);
  expect(looks(chartData(model({ lines, smoothing: 0 })))).toEqual([
    ['long', false],
    ['short', false],
  ]);
});

test('a stack is drawn from its highest part down, without what was not done', () => {
  const evaluation: PlotLine = {
    ...line('evaluation', 1),
    points: { steps: Float64Array.of(2), values: Float64Array.of(9) },
  };
  const stacked = model({ lines: [line('rollout', 4), evaluation], isStacked: true });
  const { drawn, data } = chartData(stacked);
  expect(drawn.map(({ line: { key }, parts }) => [key, parts])).toEqual([
    ['evaluation', [null, null, 9, null]],
    ['rollout', [2, 2, 2, 2]],
  ]);
  expect(data).toEqual([Float64Array.of(0, 1, 2, 3), [null, null, 11, null], [2, 2, 2, 2]]);
  expect(axisRange(stacked, data)).toEqual([0, 3.5]);
});

test('a chart is built anew only for another shape', () => {
  const at = (size: number, more: Partial<ChartModel> = {}) => shapeOf(model({ lines: [line('a', size)], ...more }));
  expect(at(100)).toBe(at(4000, { smoothing: 0.9, range: [1, 2] }));
  expect(at(29)).not.toBe(at(30));
  expect(at(100)).not.toBe(at(100, { isLog: true }));
});

test('a range is told in steps and shown over the axis; a single point has room around it', () => {
  const map = createAxisMap({ steps: Float64Array.of(0, 10), values: Float64Array.of(0, 100) });
  const wide = model({ lines: [line('a', 11)], map, axis: 'wall', range: [2, 4] });
  expect(axisRange(wide, chartData(wide).data)).toEqual([20, 40]);
  const single = model({ lines: [line('a', 1)] });
  expect(axisRange(single, chartData(single).data)).toEqual([-0.5, 0.5]);
});

test('the axis goes from 0 to the planned end, and further only if the values do', () => {
  const at = (end: number | null, size: number) => {
    const whole = model({ lines: [line('a', size)], end });
    return axisRange(whole, chartData(whole).data);
  };
  expect([at(40, 11), at(null, 11), at(40, 61)]).toEqual([
    [0, 40],
    [0, 10],
    [0, 60],
  ]);
  // Tokens and time have no planned end.
  const map = createAxisMap({ steps: Float64Array.of(0, 10), values: Float64Array.of(0, 100) });
  const wall = model({ lines: [line('a', 11)], end: 40, map, axis: 'wall' });
  expect(axisRange(wall, chartData(wall).data)).toEqual([0, 100]);
});

test('evaluations are points: they are not smoothed, however many there are', () => {
  const steps = Float64Array.from({ length: 50 }, (_, at) => 10 * at);
  const sparse: PlotLine = { ...line('eval/reward', 50), points: { steps, values: new Float64Array(50).fill(2) } };
  expect([isSparse(sparse), isSparse(line('objective/scores', 50))]).toEqual([true, false]);
  expect(chartData(model({ lines: [sparse] })).drawn).toEqual([{ line: sparse, isFaint: false }]);
});
