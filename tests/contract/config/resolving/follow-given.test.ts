import { expect, test } from 'vitest';
import {
  describeFollowed,
  followGiven,
  resolveConfig,
  resolveDespiteFaults,
  resolveRecipeConfig,
} from '#contract/config/index.ts';
import { valueAt, withValueAt } from '#contract/config/value-at.ts';

const rules = { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 9 }] };
const apa = { recipe: 'apa', model: 'm', data: { files: ['a.jsonl'] }, reward: rules };

test.each([
  // The default, what the user sets, and what the default becomes.
  ['evaluation.num_samples', 8, 'evaluation.num_prompts', 2, 2],
  ['evaluation.num_samples', 8, 'evaluation.num_prompts', 100, 8],
  ['updates.minibatch_size', 16, 'rollouts.num_rollouts', 8, 8],
  ['updates.minibatch_size', 16, 'rollouts.num_rollouts', 60, 15],
  ['rollouts.chunk_size', 32, 'rollouts.num_rollouts', 60, 30],
  ['generation.max_new_tokens', 53, 'data.max_length', 40, 20],
  ['generation.max_new_tokens', 53, 'data.max_length', 54, 53],
  ['generation.max_new_tokens', 53, 'generation.min_new_tokens', 60, 60],
])('%s, by default %d, follows %s: %d', (path, preset, given, value, expected) => {
  const before = resolveConfig(apa) as { file: object };
  const after = resolveConfig(withValueAt(apa, given, value)) as { file: object };
  expect([valueAt(before.file, path), valueAt(after.file, path)]).toEqual([preset, expected]);
});

test('a value that the user has set never follows', () => {
  const config = { ...apa, evaluation: { num_prompts: 2, num_samples: 5 } };
  expect(() => resolveConfig(config)).toThrow('evaluation.num_samples is 5, above evaluation.num_prompts (2)');
  expect(followGiven({ evaluation: { num_prompts: 2, num_samples: 5 } }, config).followed).toEqual([]);
});

test('a default that has followed is described', () => {
  const { followed } = resolveRecipeConfig({ ...apa, evaluation: { num_prompts: 2 } });
  expect(followed.map((one) => describeFollowed(one))).toEqual([
    "evaluation.num_samples is 2 instead of the preset's 8, to agree with evaluation.num_prompts.",
  ]);
});

test('what is left of a faulty config is resolved, with defaults for what is wrong', () => {
  const { resolved, faults } = resolveDespiteFaults({
    ...apa,
    model: undefined,
    learning_rate: 1,
    seed: -1,
    updates: { minibatch_size: 24 },
  });
  expect(faults.map(({ where }) => where).sort()).toEqual(['learning_rate', 'model', 'seed', 'updates.minibatch_size']);
  const file = (resolved as { file: object }).file;
  expect([valueAt(file, 'seed'), valueAt(file, 'updates.minibatch_size')]).toEqual([0, 16]);
  expect(valueAt(file, 'data.files')).toEqual(['a.jsonl']);
  expect(resolveDespiteFaults({ recipe: 'none' }).resolved).toBeNull();
});
