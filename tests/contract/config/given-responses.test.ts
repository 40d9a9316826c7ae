import { expect, test } from 'vitest';
import { resolveConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';

const given = {
  recipe: 'apa-offline',
  model: 'm',
  data: { files: ['pairs.jsonl'] },
  reward: { type: 'rules', rules: [{ type: 'contains', texts: ['b'] }] },
};

function faultsOf(over: object): readonly string[] {
  try {
    resolveConfig({ ...given, ...over }, []);
    return [];
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    return (error.faults ?? []).map(({ where, why }) => `${where} ${why}`);
  }
}

test('a recipe on given responses refuses what only sampled ones have', () => {
  expect(faultsOf({})).toEqual([]);
  const why = 'but the responses are those of the data, each once';
  expect(
    faultsOf({
      rollouts: { num_generations: 2, response_mask: 'attention', pad_token: 'eos', reencode_responses: true },
    }),
  ).toEqual([
    `rollouts.num_generations is 2, ${why}`,
    `rollouts.response_mask is "attention", ${why}`,
    `rollouts.pad_token is "eos", ${why}`,
    `rollouts.reencode_responses is true, ${why}`,
  ]);
});

test('scores are scaled once', () => {
  const scaling = { scale_reward: 'running' };
  expect(faultsOf({ scaling })).toEqual([
    'scaling.scale_reward is "running", and method.standardize_rewards scales the scores, too',
  ]);
  expect(faultsOf({ scaling, method: { standardize_rewards: false } })).toEqual([]);
});

test('online DPO compares two responses, and keeps pairs together', () => {
  const pairs = { ...given, recipe: 'online-dpo', data: { files: ['prompts.jsonl'] } };
  expect(faultsOf(pairs)).toEqual([]);
  const over = {
    rollouts: { num_generations: 4, num_rollouts: 12 },
    updates: { minibatch_size: 3 },
    engine: { micro_batch_size: 1 },
  };
  expect(faultsOf({ ...pairs, ...over })).toEqual([
    'rollouts.num_generations is 4, and two responses to each prompt are compared',
    'updates.minibatch_size is 3, which would part the two responses of a pair',
    'engine.micro_batch_size is 1, which would part the two responses of a pair',
  ]);
});

test('A*-PO compares scores with log-ratios, and so neither may be scaled', () => {
  const scaled = { ...given, recipe: 'a2po', scaling: { scale_reward: 'running', advantages: 'whiten_masked' } };
  expect(faultsOf(scaled).map((fault) => fault.split(' ')[0])).toEqual(['scaling.scale_reward', 'scaling.advantages']);
});
