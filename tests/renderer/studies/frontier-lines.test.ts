import { expect, test } from 'vitest';
import type { Comparison, EvaluationPoint, RunStop } from '#contract/api/runs/studies.ts';
import { adviseStop, defaultMeasure, readGroups } from '../../../src-renderer/pages/studies/frontier-lines.ts';

function point(step: number, kl: number, reward: number, judge: number | null, half = 0.1): EvaluationPoint {
  return { step, kl, reward, rewardHalf: half, judge, judgeHalf: half };
}

const NO_STOPS = { stops: { reward: null, judge: null }, isOverOptimized: false };

function comparison(groups: readonly number[], points: readonly (readonly EvaluationPoint[])[]): Comparison {
  const runs = groups.map((group, index) => ({ id: `${index}`, group }));
  const evaluations = points.map((each) => ({ points: each, kept: [0, 10, 30], ...NO_STOPS }));
  return { runs, evaluations } as unknown as Comparison;
}

test('seeds are read at one KL, with their spread; a run alone has its interval over prompts', () => {
  const two = [point(0, 0, 0, null), point(10, 2, 4, null)];
  const other = [point(0, 0, 0, null), point(10, 4, 4, null)];
  const readings = readGroups(comparison([0, 0, 1], [two, other, two]), 'reward', 1);
  // At KL 1: 2 and 1; mean 1.5, half an interval of the seeds 12.706205 · (0.707107 / √2) = 6.353103.
  // The start has weights 1/2 and 3/4 and half an interval of 0.1: √(6.353103² + 0.0625²) = 6.353410.
  expect(readings[0]).toMatchObject({
    group: 0,
    half: null,
    fromStart: 2,
    mean: { n: 2, mean: 1.5, high: expect.closeTo(7.85341, 5) },
  });
  expect(readings[1]).toMatchObject({ group: 1, half: expect.closeTo(0.1, 12), mean: { n: 1, mean: 2 } });
  expect(readGroups(comparison([0], [two]), 'reward', 3)[0]?.mean.n).toBe(0);
});

function advise(stop: Partial<RunStop>, isOverOptimized = false) {
  const base = {
    step: 20,
    value: 1.2,
    after: 'fell',
    last: { step: 30, value: 0.5 },
    comparedStep: 20,
    isOverOptimized: false,
  };
  const stops = { reward: null, judge: { ...base, ...stop } };
  const evaluations = [{ points: [], kept: [0, 10, 30], stops, isOverOptimized }];
  return adviseStop({ runs: [], evaluations } as unknown as Comparison, 0, 'judge')!;
}

test('over-optimization is named by the one verdict', () => {
  expect(advise({ isOverOptimized: true })).toMatchObject({ checkpoint: 10 });
  expect(advise({ isOverOptimized: true }).reason).toMatch(
    /falls to 0\.5 from 1\.2 while the reward still rises: over-optimization\.$/,
  );
  expect(advise({}).reason).not.toMatch(/over-optimization/);
  expect(advise({ after: 'level' }, true).reason).toMatch(/judge down, each beyond its interval: over-optimization\.$/);
});

test('more training is advised only beyond the interval', () => {
  const last = { step: 30, value: 2 };
  expect(advise({ step: 30, after: 'rising', last, comparedStep: 10 }).reason).toMatch(
    /above iteration 10 beyond the interval: more training may still help/,
  );
  expect(advise({ step: 30, after: 'level', last, comparedStep: 10 }).reason).toMatch(/no further gain/);
});

test('the judge decides where every run has one', () => {
  const judged = [point(0, 0, 0, 1)];
  expect(defaultMeasure(comparison([0, 1], [judged, judged]))).toBe('judge');
  expect(defaultMeasure(comparison([0, 1], [judged, [point(0, 0, 0, null)]]))).toBe('reward');
});
