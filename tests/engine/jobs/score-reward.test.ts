import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Runtime } from '#engine/runtime/types.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const model = (name: string) => join(FIXTURES, 'models', name);

/** Made by tests/golden/make_scores.py with transformers, one row at a time. */
const golden = JSON.parse(readFileSync(join(FIXTURES, 'jobs/scores.json'), 'utf8')) as {
  readonly rows: readonly (readonly number[])[];
  readonly logprobs: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly rewards: Readonly<Record<string, readonly number[]>>;
};
const input = { rows: golden.rows.map((ids) => ({ ids })) };

function largestDifference(ours: readonly number[], theirs: readonly number[]): number {
  expect(ours).toHaveLength(theirs.length);
  return ours.reduce((largest, value, index) => Math.max(largest, Math.abs(value - theirs[index]!)), 0);
}

describe.each(runtimeKinds)('$kind', ({ start }) => {
  let runtime: Runtime;
  beforeEach(async () => {
    runtime = await start();
  });
  afterEach(() => runtime.dispose());

  it.each(Object.entries(golden.logprobs))(
    'scores rows of unequal length as transformers does: %s',
    async (name, expected) => {
      const { rows, result } = await tellOfJob(runtime, { kind: 'score', model: model(name), input });
      const scored = rows as { ids: number[]; logprobs: number[] }[];
      expect(scored.map(({ ids }) => ids)).toEqual(golden.rows);
      for (const [row, logprobs] of expected.entries()) {
        expect(largestDifference(scored[row]!.logprobs, logprobs)).toBeLessThan(1e-5);
      }
      expect(result).toEqual({ rows: golden.rows.length });
    },
  );

  it.each(Object.entries(golden.rewards))(
    'reads the reward at the last token as transformers does: %s',
    async (name, expected) => {
      const { rows } = await tellOfJob(runtime, { kind: 'reward', model: model(name), input });
      const rewards = (rows as { reward: number }[]).map(({ reward }) => reward);
      expect(largestDifference(rewards, expected)).toBeLessThan(1e-5);
    },
  );

  it('refuses a language model as a reward model, and ids out of the vocabulary', async () => {
    await expect(tellOfJob(runtime, { kind: 'reward', model: model('gpt-neox'), input })).rejects.toMatchObject({
      code: 'model_head_missing',
    });
    const foreign = { rows: [{ ids: [3, 199] }, { ids: [3, 4] }] };
    await expect(tellOfJob(runtime, { kind: 'score', model: model('gpt-neox'), input: foreign })).rejects.toMatchObject(
      {
        code: 'input_rows_bad',
        faults: [{ where: 'line 1' }],
      },
    );
  });
});
