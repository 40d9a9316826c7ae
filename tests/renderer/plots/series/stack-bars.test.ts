import { expect, test } from 'vitest';
import type { PlotLine } from '../../../../src-renderer/plots/plot-line.ts';
import { stackBars, topsOf } from '../../../../src-renderer/plots/series/stack-bars.ts';

type Pairs = readonly (readonly [step: number, value: number])[];
const points = (pairs: Pairs) => ({
  steps: Float64Array.from(pairs, ([step]) => step),
  values: Float64Array.from(pairs, ([, value]) => value),
});
const line = (pairs: Pairs, more: Partial<PlotLine> = {}): PlotLine => ({
  ...{ key: 'time/update', label: 'update', color: '--series-1', means: null, count: pairs.length },
  points: points(pairs),
  ...more,
});
const every = (steps: number, value: number, by = 1): Pairs =>
  Array.from({ length: Math.floor(steps / by) }, (_, at) => [(at + 1) * by, value]);

test('an evaluation stands where it was made and nowhere else', () => {
  const rollout = line(every(6, 20));
  const evaluation = line([
    [0, 80],
    [3, 90],
  ]);
  const { steps, width, parts } = stackBars([rollout, evaluation]);
  expect([...steps]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(width).toBe(1);
  expect(parts).toEqual([
    [null, 20, 20, 20, 20, 20, 20],
    [80, null, null, 90, null, null, null],
  ]);
  expect(topsOf(parts)).toEqual([
    [null, 20, 20, 20, 20, 20, 20],
    [80, null, null, 110, null, null, null],
  ]);
});

test('a bar of several steps tells the mean of a step: 1000 of 20 s, every tenth with 90 s of evaluation', () => {
  const { width, steps, parts } = stackBars([line(every(1000, 20)), line(every(1000, 90, 10))]);
  expect(width).toBe(7);
  const [rollout, evaluation] = parts;
  expect(rollout!.every((value) => Math.abs(value! - 20) < 1e-9)).toBe(true);
  // Seven steps hold one evaluation or none; the hundred of them took 9000 s.
  expect(new Set(evaluation)).toEqual(new Set([null, 90 / 7]));
  expect(steps.length).toBe(143);
  expect(evaluation!.reduce<number>((sum, value) => sum + 7 * (value ?? 0), 0)).toBeCloseTo(9000, 6);
});

test('of a thinned line its means count, for as many steps as have a point', () => {
  const dense = line(
    every(10_000, 5).filter(([step]) => step % 10 === 0),
    {
      count: 10_000,
      means: points(every(10_000, 2).filter(([step]) => step % 10 === 0)),
    },
  );
  const seldom = line(
    every(10_000, 90, 5).filter(([step]) => step % 50 === 0),
    {
      count: 2000,
      means: points(every(10_000, 90).filter(([step]) => step % 50 === 0)),
    },
  );
  const { parts } = stackBars([dense, seldom]);
  for (const value of parts[0]!) expect(value).toBeCloseTo(2, 2);
  for (const value of parts[1]!) expect(value).toBeCloseTo(18, 0);
});

test('what is not finite is no part, and without points there is no bar', () => {
  expect(
    stackBars([
      line([[1, Number.NaN]]),
      line([
        [1, Infinity],
        [2, 3],
      ]),
    ]).parts,
  ).toEqual([
    [null, null],
    [null, 3],
  ]);
  expect(stackBars([line([])])).toEqual({ steps: new Float64Array(), width: 1, parts: [[]] });
});
