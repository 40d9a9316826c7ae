import { expect, test } from 'vitest';
import type { Comparison, EvaluationPoint } from '#contract/api/runs/studies.ts';
import { adviseStop, defaultMeasure, readGroups } from '../../../src-renderer/pages/studies/frontier-lines.ts';

function point(step: number, kl: number, reward: number, judge: number | null, half = 0.1): EvaluationPoint {
  return { step, kl, reward, rewardHalf: half, judge, judgeHalf: half };
}

function comparison(groups: readonly number[], points: readonly (readonly EvaluationPoint[])[]): Comparison {
  const runs = groups.map((group, index) => ({ id: `${index}`, group }));
  const evaluations = points.map((each) => ({ points: each, kept: [0, 10, 30] }));
  return { runs, evaluations } as unknown as Comparison;
}

test('seeds are read at one KL, with their spread; a run alone has its interval over prompts', () => {
  const two = [point(0, 0, 0, null), point(10, 2, 4, null)];
  const other = [point(0, 0, 0, null), point(10, 4, 4, null)];
  const readings = readGroups(comparison([0, 0, 1], [two, other, two]), 'reward', 1);
  // At KL 1: 2 and 1; mean 1.5, half an interval 12.706205 · (0.707107 / √2) = 6.353103.
  expect(readings[0]).toMatchObject({
    group: 0,
    half: null,
    mean: { n: 2, mean: 1.5, high: expect.closeTo(7.853103, 5) },
  });
  expect(readings[1]).toMatchObject({ group: 1, half: expect.closeTo(0.1, 12), mean: { n: 1, mean: 2 } });
  expect(readGroups(comparison([0], [two]), 'reward', 3)[0]?.mean.n).toBe(0);
});

test('over-optimization is named where the judge falls and the reward still rises', () => {
  const hacked = [point(0, 0, 0, 0), point(10, 1, 1, 1), point(20, 2, 1.5, 1.2), point(30, 3, 2, 0.5)];
  const advice = adviseStop(comparison([0], [hacked]), 0, 'judge');
  expect(advice).toMatchObject({ stop: { step: 20, after: 'fell' }, checkpoint: 10 });
  expect(advice?.reason).toMatch(/falls to 0\.5 from 1\.2 while the training reward still rises: over-optimization/);
  expect(adviseStop(comparison([0], [hacked]), 0, 'reward')).toMatchObject({
    stop: { step: 30, after: 'rising' },
    checkpoint: 30,
  });
  const honest = hacked.map((each) => (each.step === 30 ? { ...each, reward: 1 } : each));
  expect(adviseStop(comparison([0], [honest]), 0, 'judge')?.reason).not.toMatch(/over-optimization/);
});

test('the judge decides where every run has one', () => {
  const judged = [point(0, 0, 0, 1)];
  expect(defaultMeasure(comparison([0, 1], [judged, judged]))).toBe('judge');
  expect(defaultMeasure(comparison([0, 1], [judged, [point(0, 0, 0, null)]]))).toBe('reward');
});
