import { expect, test } from 'vitest';
import { type ResolvedPipeline, resolveConfig } from '#contract/config/index.ts';
import type { KeelError } from '#contract/errors.ts';

const pipeline = {
  recipe: 'pipeline',
  seed: 3,
  engine: { device: 'cpu', threads: 2 },
  stages: {
    model_init: { corpus: 'a.jsonl', hidden_size: 64 },
    sft: { model: 'stage:model_init/model', data: { files: 'a.jsonl' }, engine: { threads: 1 } },
    reward_model: { model: 'stage:sft/policy', data: { files: 'b.jsonl' }, seed: 0 },
    apa: {
      model: 'stage:sft/policy',
      data: { files: 'c.jsonl' },
      reward: { type: 'model', model: 'stage:reward_model/reward_model' },
      method: { apa_lambda: 0.5 },
    },
  },
};

test('stages inherit seed, preset and engine, and know their recipe', () => {
  const resolved = resolveConfig(pipeline) as ResolvedPipeline;
  expect(resolved.stages.map(({ stage }) => stage)).toEqual(['model_init', 'sft', 'reward_model', 'apa']);
  const [init, sft, rewardModel, apa] = resolved.stages;
  expect(init?.config).toMatchObject({ hiddenSize: 64, seed: 3, corpus: ['a.jsonl'] });
  expect(sft?.config).toMatchObject({ recipe: 'sft', seed: 3, engine: { device: 'cpu', threads: 1 } });
  expect(rewardModel?.config).toMatchObject({ recipe: 'reward-model', seed: 0, engine: { threads: 2 } });
  expect(apa?.config).toMatchObject({ recipe: 'apa', method: { apaLambda: 0.5 } });
  expect(resolved.changed.map(({ path }) => path)).toContain('stages.apa.method.apa_lambda');
});

test('a resolved pipeline resolves to itself', () => {
  const { file, stages } = resolveConfig(pipeline) as ResolvedPipeline;
  const again = resolveConfig(JSON.parse(JSON.stringify(file))) as ResolvedPipeline;
  expect(again.stages).toEqual(stages);
  expect(again.file).toEqual(file);
});

function faultsOf(raw: unknown, overrides: readonly string[] = []): readonly string[] {
  try {
    resolveConfig(raw, overrides);
  } catch (error) {
    return (error as KeelError).faults!.map(({ where }) => where);
  }
  return expect.unreachable();
}

test('faults of all stages together, by path', () => {
  const stages = {
    ...pipeline.stages,
    model_init: { corpus: 'a', hidden_size: 65, num_heads: 4 },
    sft: { ...pipeline.stages.sft, model: 'stage:apa/policy' },
    reward_model: { ...pipeline.stages.reward_model, model: 'stage:sft/critic', traning: {} },
    awr: { model: 'stage:apa/policy', data: { files: 'x' }, reward: { type: 'model', model: 'stage:nothing/policy' } },
  };
  expect(faultsOf({ ...pipeline, stages })).toEqual([
    'stages.model_init.num_heads',
    'stages.sft.model',
    'stages.reward_model.traning',
    'stages.awr.reward.model',
  ]);
  expect(faultsOf({ ...pipeline, stages: {} })).toEqual(['stages']);
  expect(faultsOf({ ...pipeline, stages: { orpo: {} } })).toEqual(['stages.orpo']);
  expect(faultsOf(pipeline, ['stages.apa.method.apa_lambda=-1'])).toEqual(['stages.apa.method.apa_lambda']);
});
