import { expect, test } from 'vitest';
import type { Measurement } from '#contract/api/runs/preflight-measurement.ts';
import { leversOf } from '../../../src-main/runs/preflight/batch-levers.ts';
import { trialSeconds } from '../../../src-main/runs/preflight/measure-stage.ts';

const measured = (phases: Readonly<Record<string, number>>) =>
  ({ setupSeconds: 10, buildSeconds: 5, phases }) as unknown as Measurement;

test('a trial of 32 of 128 responses takes a quarter of an iteration, the setup, and its graphs', () => {
  const levers = leversOf({
    rollouts: { num_rollouts: 128, chunk_size: 16 },
    updates: { minibatch_size: 8 },
  });
  const size = { batch: 16, chunk: 32, microBatch: null };
  expect(trialSeconds(levers, size, measured({ rollout: 20, update: 60 }))).toBe(10 + 5 + 80 / 4);
});

test('an update of four times the rows takes four times as long', () => {
  const levers = leversOf({ training: { batch_size: 8 } });
  const size = { batch: 32, chunk: null, microBatch: null };
  expect(trialSeconds(levers, size, measured({ update: 3 }))).toBe(10 + 5 + 12);
});
