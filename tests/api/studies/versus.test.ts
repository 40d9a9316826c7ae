import { expect, test } from 'vitest';
import { versus } from '../../../src-main/api/studies/versus.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { fakeHost } from '../../runs/fake-host.ts';
import { addSyntheticRun, ONLINE, type SyntheticReply } from '../synthetic-runs.ts';

function runOf(host: RunHost, replies: readonly SyntheticReply[], more: object = {}) {
  const steps = [
    { step: 0, replies: [{ prompt: 'a', response: 'start' }] },
    { step: 20, replies },
  ];
  return addSyntheticRun(host, { config: { ...ONLINE, recipe: 'apa', ...more }, steps }).id as string;
}

test('replies are matched by prompt, and the interval is that of statsmodels', () => {
  // 5 of 8: statsmodels proportion_confint(5, 8, method='wilson') = (0.3057424, 0.8631557).
  const host = fakeHost({});
  const prompts = Array.from({ length: 8 }, (_, index) => `prompt ${index}`);
  const ours = runOf(
    host,
    prompts.map((prompt, index) => ({ prompt, response: 'x', score: index < 5 ? 1 : -1 })),
  );
  const theirs = runOf(host, [
    { prompt: 'only theirs', response: 'y', score: 9 },
    ...prompts.toReversed().map((prompt) => ({ prompt, response: 'y', score: 0 })),
  ]);
  const step = (run: string) => ({ run, step: null });
  expect(versus(host, { ours: step(ours), theirs: step(theirs), by: 'reward' })).toEqual({
    ours: { run: ours, step: 20 },
    theirs: { run: theirs, step: 20 },
    by: 'reward',
    share: 0.625,
    n: 8,
    low: expect.closeTo(0.3057424, 6),
    high: expect.closeTo(0.8631557, 6),
    wins: 5,
    ties: 0,
    unmatched: 1,
    isSameScorer: true,
  });
});

test('another reward is told, a missing judge and a missing step are refused', () => {
  const host = fakeHost({});
  const ours = runOf(host, [{ prompt: 'a', response: 'x', score: 1 }]);
  const other = { reward: { type: 'model', model: '/models/other' } };
  const theirs = runOf(host, [{ prompt: 'a', response: 'y', score: 1 }], other);
  const request = { ours: { run: ours, step: 20 }, theirs: { run: theirs, step: 20 } };
  expect(versus(host, { ...request, by: 'reward' })).toMatchObject({ isSameScorer: false, share: 0.5, ties: 1 });
  expect(() => versus(host, { ...request, by: 'judge' })).toThrow(/scored by a judge/);
  const early = { ...request, ours: { run: ours, step: 7 } };
  expect(() => versus(host, { ...early, by: 'reward' })).toThrow(/no responses at step 7/);
});
