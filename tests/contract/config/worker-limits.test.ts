import { expect, test } from 'vitest';
import { resolveRecipeConfig, workerFaults } from '#contract/config/index.ts';

const APA = {
  recipe: 'apa',
  model: 'policy',
  data: { files: ['prompts.jsonl'] },
  reward: { type: 'rules', rules: [{ type: 'length', max: 9, unit: 'words', weight: 1 }] },
};
const DPO = { recipe: 'dpo', model: 'policy', data: { files: ['pairs.jsonl'] } };
/** A resolved file of a recipe that workers do not know. */
const other = (config: object) => ({ ...resolveRecipeConfig(config).file, recipe: 'other' });
const LORA = { peft_type: 'lora', r: 4, lora_alpha: 8, target_modules: ['all-linear'] };

const faultsOf = (config: object) =>
  workerFaults(resolveRecipeConfig(config).file).map(({ where, code }) => `${code} ${where}`);

test('workers compute the recipes whose losses they know, adapters and half-precision frozen models included', () => {
  expect(faultsOf(APA)).toEqual([]);
  expect(faultsOf({ ...APA, adapter: LORA, engine: { frozen_dtype: 'bfloat16' } })).toEqual([]);
  expect(faultsOf({ recipe: 'sft', model: 'policy', data: { files: ['pairs.jsonl'] } })).toEqual([]);
});

test('everything that they do not compute is named at once, at its field', () => {
  expect(faultsOf(DPO)).toEqual([]);
  expect(workerFaults(other(DPO)).map(({ where }) => where)).toEqual(['recipe']);
  const adapter = { ...LORA, lora_dropout: 0.1 };
  const engine = { frozen_dtype: 'int8', compute_dtype: 'bfloat16' };
  expect(faultsOf({ ...DPO, adapter, engine })).toEqual([
    'workers_unsupported adapter.lora_dropout',
    'workers_unsupported engine.frozen_dtype',
    'workers_unsupported engine.compute_dtype',
  ]);
});
