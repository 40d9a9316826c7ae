import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkedConfig } from '../../src-main/api/config/checked-config.ts';

const data = { files: ['rows.jsonl'] };
const pipeline = (model: string) =>
  stringify({
    recipe: 'pipeline',
    stages: {
      ...(model.startsWith('stage:') && { model_init: { corpus: ['a.txt'] } }),
      sft: { model, data: { ...data, max_length: 99 } },
      reward_model: { model: 'stage:sft/policy', data: { files: ['pairs.jsonl'] } },
    },
  });

test('a stage is checked with the model that the stages before it start from', () => {
  const config = pipeline('some/model');
  expect(checkedConfig(config, [], 'sft')).toMatchObject({
    recipe: 'sft',
    model: 'some/model',
    data: { max_length: 99 },
  });
  const later = checkedConfig(config, ['stages.reward_model.data.files=[other.jsonl]'], 'reward_model');
  expect(later).toMatchObject({ recipe: 'reward-model', model: 'some/model', data: { files: ['other.jsonl'] } });
});

test('a pipeline without a stage, or with another one, names those that it has', () => {
  const fix = 'Choose a stage: --stage sft, or --stage reward_model.';
  for (const stage of [null, 'apa', 'model_init']) {
    const code = { code: 'check_stage_unknown', fix };
    expect(() => checkedConfig(pipeline('stage:model_init/model'), [], stage)).toThrow(expect.objectContaining(code));
  }
});

test('a model that the pipeline is to create has no tokenizer yet', () => {
  const code = { code: 'check_model_missing' };
  expect(() => checkedConfig(pipeline('stage:model_init/model'), [], 'reward_model')).toThrow(
    expect.objectContaining(code),
  );
});

test('a config of one recipe is itself', () => {
  expect(checkedConfig(stringify({ recipe: 'sft', model: 'm', data }), ['seed=3'], null)).toMatchObject({
    recipe: 'sft',
    seed: 3,
  });
});
