import { expect, test } from 'vitest';
import { compareRuns } from '../../../src-main/api/studies/compare-runs.ts';
import { readReport } from '../../../src-main/runs/views/read-report.ts';
import { fakeHost } from '../../runs/fake-host.ts';
import { addSyntheticRun, evaluation, ONLINE } from '../synthetic-runs.ts';

function apa(seed: number, lambda: number, rewards: readonly number[], judges: readonly number[]) {
  return {
    config: { ...ONLINE, recipe: 'apa', seed, method: { apa_lambda: lambda } },
    steps: rewards.map((reward, index) => ({
      step: 10 * index,
      metrics: evaluation(index, reward, judges[index]),
      checkpoint: index > 0,
    })),
  };
}

test('seeds of one config are one group, and another λ is another', () => {
  const host = fakeHost({});
  const runs = [apa(0, 1, [0, 1], [0, 1]), apa(1, 1, [0, 2], [0, 2]), apa(0, 0.5, [0, 3], [0, 3])];
  const ids = runs.map((run) => addSyntheticRun(host, run).id as string);
  const compared = compareRuns(host, ids);
  expect(compared.runs.map(({ group, seed, anchor }) => [group, seed, anchor?.value])).toEqual([
    [0, 0, 1],
    [0, 1, 1],
    [1, 0, 0.5],
  ]);
  expect(compared.differences).toEqual([
    {
      path: 'seed',
      values: [
        { value: 0, isChanged: false },
        { value: 1, isChanged: true },
        { value: 0, isChanged: false },
      ],
    },
    {
      path: 'method.apa_lambda',
      values: [
        { value: 1, isChanged: false },
        { value: 1, isChanged: false },
        { value: 0.5, isChanged: true },
      ],
    },
  ]);
});

test('evaluations come with intervals over their prompts, by hand', () => {
  // Student's t with 63 degrees: 1.998341; 64 prompts: half = 1.998341 · 2 / 8 = 0.499585 for the reward, half of it for the judge.
  const host = fakeHost({});
  const { id } = addSyntheticRun(host, apa(0, 1, [0, 1], [0.5, 0.25]));
  const [evaluations] = compareRuns(host, [id]).evaluations;
  expect(evaluations).toEqual({
    kept: [10],
    isOverOptimized: false,
    stops: {
      // 1 - 0 with half √(0.499585² + 0.499585²) = 0.706520: above the start.
      reward: {
        step: 10,
        value: 1,
        after: 'rising',
        last: { step: 10, value: 1 },
        comparedStep: 0,
        isOverOptimized: false,
      },
      judge: {
        step: 0,
        value: 0.5,
        after: 'level',
        last: { step: 10, value: 0.25 },
        comparedStep: 0,
        isOverOptimized: false,
      },
    },
    points: [
      {
        step: 0,
        kl: 0,
        reward: 0,
        rewardHalf: expect.closeTo(0.499585, 5),
        judge: 0.5,
        judgeHalf: expect.closeTo(0.249793, 5),
      },
      {
        step: 10,
        kl: 1,
        reward: 1,
        rewardHalf: expect.closeTo(0.499585, 5),
        judge: 0.25,
        judgeHalf: expect.closeTo(0.249793, 5),
      },
    ],
  });
});

test('a summary tells the last and the best over seeds, the best by the judge', () => {
  // Best by judge: step 10 of both runs, with rewards 1 and 2: mean 1.5, half 12.706205 · (0.707107 / √2) = 6.353103.
  const host = fakeHost({});
  const ids = [apa(0, 1, [0, 1, 5], [0, 1, 0.5]), apa(1, 1, [0, 2, 6], [0, 2, 0.5])].map(
    (run) => addSyntheticRun(host, run).id as string,
  );
  const row = compareRuns(host, ids).summaries.find(({ key }) => key === 'eval/reward');
  expect(row).toEqual({
    group: 0,
    key: 'eval/reward',
    last: expect.objectContaining({ mean: 5.5, n: 2, least: 5, most: 6, over: 'seeds' }),
    best: expect.objectContaining({ mean: 1.5, low: expect.closeTo(-4.853103, 5), high: expect.closeTo(7.853103, 5) }),
  });
});

const UP = [1, 1.2, 0.9, 1.1, 1, 1.3, 0.8, 1.2];
const DOWN = [0, 0.1, 0.2, 0.1, 0, 0.2, 0.1, 0.3];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A run whose evaluations keep the scores of every prompt; each seed holds out the prompts in an order of its own. */
function scored(seed: number, scores: readonly (readonly [reward: readonly number[], judge: readonly number[]])[]) {
  const ordered = <Reply>(replies: readonly Reply[]) => (seed % 2 === 0 ? replies : replies.toReversed());
  return {
    config: { ...ONLINE, recipe: 'apa', seed },
    steps: scores.map(([reward, judge], index) => ({
      step: 10 * index,
      metrics: { ...evaluation(index, mean(reward), mean(judge)), 'eval/win_rate': index === 0 ? 0.5 : 1 },
      replies: ordered(
        reward.map((score, at) => ({ prompt: `prompt ${at}`, response: 'x', score, judge: judge[at]! })),
      ),
    })),
  };
}

test('over-optimization is found by prompts as in the report, and intervals carry seeds and prompts', () => {
  const host = fakeHost({});
  const hacked = [
    [DOWN, UP],
    [UP, DOWN],
  ] as const;
  const ids = [0, 1].map((seed) => addSyntheticRun(host, scored(seed, hacked)).id as string);
  const { evaluations, summaries } = compareRuns(host, ids);
  expect(evaluations[0]).toMatchObject({
    isOverOptimized: true,
    stops: { judge: { step: 0, after: 'fell', isOverOptimized: true }, reward: { step: 10, after: 'rising' } },
  });
  expect(readReport(host.setup.store.read, host.find(ids[0]!))?.verdict?.isOverOptimized).toBe(true);
  const rows = new Map(summaries.map((row) => [row.key, row.last]));
  // Equal seeds have no spread of their own; their 8 prompts do. statsmodels, clustered both ways: variance 0.001892857.
  expect(rows.get('eval/reward')).toMatchObject({ over: 'seeds and prompts', low: expect.closeTo(0.5096914, 5) });
  const wins = rows.get('eval/win_rate')!;
  expect([wins.mean, wins.high]).toEqual([1, 1]);
  // Nothing varies, so only the 8 prompts that both seeds share are left: Wilson with t = 12.7062 is n / (n + t²).
  expect(wins.low).toBeCloseTo(0.0472, 4);
});

test('a recipe without a field leaves its place empty, and an unknown run is refused', () => {
  const host = fakeHost({});
  const one = addSyntheticRun(host, apa(0, 1, [0], [0]));
  const ppo = addSyntheticRun(host, { config: { ...ONLINE, recipe: 'ppo' }, steps: [] });
  const { differences, runs } = compareRuns(host, [one.id, ppo.id, one.id]);
  expect(runs).toHaveLength(2);
  expect(differences.find(({ path }) => path === 'method.kl_coef')?.values).toEqual([
    null,
    { value: 0.05, isChanged: false },
  ]);
  expect(() => compareRuns(host, ['nothing'])).toThrow(/There is no run/);
});
