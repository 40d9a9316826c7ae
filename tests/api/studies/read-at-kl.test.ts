import { expect, test } from 'vitest';
import { verdictSentence } from '#contract/study/words.ts';
import { readStudyAt } from '../../../src-main/api/studies/read-at-kl.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { fakeHost } from '../../runs/fake-host.ts';
import { addSyntheticRun, evaluation, ONLINE } from '../synthetic-runs.ts';

/** A run whose reward goes from 0 at KL 0 to `reward` at KL `far`. */
function runOf(host: RunHost, recipe: string, seed: number, reward: number, far: number, method: object = {}): string {
  const steps = [0, 1].map((at) => ({ step: 10 * at, metrics: evaluation(at * far, at * reward) }));
  return addSyntheticRun(host, { config: { ...ONLINE, recipe, seed, method }, steps }).id as string;
}

function twoMethods(host: RunHost): string[] {
  const apa = [2.2, 2.6, 2.4].map((reward, seed) => runOf(host, 'apa', seed, reward, 4));
  const ppo = [1.4, 2, 1.2, 1.6].map((reward, seed) => runOf(host, 'ppo', seed, reward, 4));
  return [...apa, ...ppo];
}

test('methods are read at one KL and compared over seeds', () => {
  const host = fakeHost({});
  const reading = readStudyAt(host, { runs: twoMethods(host), kl: 2, by: 'reward', within: false });
  // Halfway: [1.1, 1.3, 1.2] and [0.7, 1, 0.6, 0.8]. scipy: ttest_ind(equal_var=False).confidence_interval(0.95).
  expect(reading.comparisons).toEqual([
    expect.objectContaining({
      first: 0,
      second: 1,
      difference: expect.closeTo(0.425, 12),
      low: expect.closeTo(0.1575396, 6),
      high: expect.closeTo(0.6924604, 6),
      seeds: [3, 4],
      winner: 'first',
    }),
  ]);
  // scipy: t.ppf(0.975, 2) · 0.1 · √(1 + 1/3) = 0.4968275
  expect(reading.cells[0]).toMatchObject({
    recipe: 'apa',
    reached: 3,
    of: 3,
    predicted: { low: expect.closeTo(0.7031725, 6), high: expect.closeTo(1.6968275, 6) },
  });
  expect(reading.cells[0]!.values.map(({ key }) => key).slice(0, 2)).toEqual(['eval/reward', 'eval/kl_exact']);
  expect(reading.best).toEqual([
    { recipe: 'apa', group: 0 },
    { recipe: 'ppo', group: 1 },
  ]);
  expect(verdictSentence(reading, reading.comparisons[0]!)).toBe(
    'APA (apa_lambda 1) is above PPO (kl_coef 0.05) by 0.425 (0.158 to 0.692; 3 and 4 seeds).',
  );
});

test('with one seed nobody can tell, and the sentence says so', () => {
  const host = fakeHost({});
  const runs = [runOf(host, 'apa', 0, 3, 4), runOf(host, 'ppo', 0, 1, 4), runOf(host, 'ppo', 1, 1.1, 4)];
  const reading = readStudyAt(host, { runs, kl: null, by: 'reward', within: false });
  expect(reading.comparisons.map(({ winner }) => winner)).toEqual(['cannot tell']);
  expect(verdictSentence(reading, reading.comparisons[0]!)).toMatch(
    /^Cannot tell APA \(apa_lambda 1\) from PPO .*: 1 and 2 seeds\. A method needs at least two seeds/,
  );
});

test('a difference within the spread is told with what it would take to find it', () => {
  const host = fakeHost({});
  const runs = [
    ...[1, 1.4, 1.2].map((reward, seed) => runOf(host, 'apa', seed, reward, 4)),
    ...[1.3, 0.9, 1].map((reward, seed) => runOf(host, 'ppo', seed, reward, 4)),
  ];
  const reading = readStudyAt(host, { runs, kl: null, by: 'reward', within: false });
  // Variances 0.04 and 0.0433: deviation 0.2041, effect 0.1333 / 0.2041 = 0.653. statsmodels: 37.8 seeds.
  expect(reading.comparisons[0]).toMatchObject({ winner: 'cannot tell', seedsToFind: 38 });
  expect(verdictSentence(reading, reading.comparisons[0]!)).toMatch(/takes 38 seeds each\.$/);
});

test('seeds that do not differ say nothing about the next one or about a difference', () => {
  const host = fakeHost({});
  const runs = ['apa', 'ppo'].flatMap((recipe) => [0, 1].map((seed) => runOf(host, recipe, seed, 2, 4)));
  const reading = readStudyAt(host, { runs, kl: null, by: 'reward', within: false });
  expect(reading.cells.map(({ predicted }) => predicted)).toEqual([null, null]);
  expect(verdictSentence(reading, reading.comparisons[0]!)).toMatch(/^Cannot tell .*Their seeds do not differ at all/);
});

test('runs that stay nearer are left out, or within a budget read at their end', () => {
  const host = fakeHost({});
  const runs = [runOf(host, 'apa', 0, 2, 4), runOf(host, 'apa', 1, 3, 1)];
  const cellOf = (within: boolean) => readStudyAt(host, { runs, kl: 2, by: 'reward', within }).cells[0]!;
  expect(cellOf(false)).toMatchObject({ reached: 1, of: 2, predicted: null });
  expect(cellOf(true)).toMatchObject({ reached: 2 });
  expect(cellOf(true).values[0]).toMatchObject({ key: 'eval/reward', mean: 2, n: 2 });
  expect(readStudyAt(host, { runs, kl: 2, by: 'reward', within: false }).best).toEqual([]);
});

test('settings of one method are compared with each other, with wider intervals than two alone', () => {
  const host = fakeHost({});
  const settings = [1, 0.5, 0.25].map((lambda, at) =>
    [0, 0.1, 0.2].map((more, seed) => runOf(host, 'apa', seed, at + more, 4, { apa_lambda: lambda })),
  );
  const read = (runs: readonly string[]) => readStudyAt(host, { runs, kl: null, by: 'reward', within: false });
  const [pair] = read(settings.slice(0, 2).flat()).comparisons;
  const all = read(settings.flat()).comparisons;
  expect(all.map(({ first, second }) => [first, second])).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
  expect(all[0]!.high).toBeGreaterThan(pair!.high);
  expect(read(settings.flat())).toEqual(read(settings.flat()));
});

test('the gain is paired by prompt with the start, and read where the run is read', () => {
  const host = fakeHost({});
  const PROMPTS = ['a', 'b', 'c'];
  const starts = [10, 0, -4];
  // Prompts differ far more than what the runs change, which is the same for all of them but for a little.
  const changes = [
    [1, 1.8, 0.2],
    [1.4, 2.4, 0.4],
  ];
  const runs = changes.map((change, seed) => {
    const steps = [0, 1].map((at) => ({
      step: 10 * at,
      metrics: evaluation(4 * at, 2 + at * (seed === 0 ? 1 : 1.4)),
      replies: PROMPTS.map((prompt, k) => ({ prompt, response: `x${at}`, score: starts[k]! + at * change[k]! })),
    }));
    return addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', seed }, steps }).id as string;
  });
  const [cell] = readStudyAt(host, { runs, kl: 2, by: 'reward', within: false }).cells;
  // Halfway to KL 4: half the changes. Means 0.5 and 0.7; numpy: two-way clustering by seed and prompt as in Cameron et
  // al., on [[.5,.9,.1],[.7,1.2,.2]], with t(0.975, 1) = 12.7062.
  expect(cell!.gain).toMatchObject({ mean: expect.closeTo(0.6, 12), n: 2, over: 'seeds and prompts' });
  const half = (cell!.gain!.high - cell!.gain!.low) / 2;
  expect(half).toBeCloseTo(2.78861876, 6);
  // Without pairing, the prompts' own differences would make the interval ten times as wide.
  expect(cell!.values[0]!.high - cell!.values[0]!.low).toBeGreaterThan(10 * half);
});
