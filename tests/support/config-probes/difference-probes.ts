import type { RecipeName } from '#contract/config/index.ts';
import { goldenCases } from '../golden-run.ts';
import { type ConfigProbe, type Plain, withValues } from './probe.ts';
import { differsWithout } from './run-here.ts';

const LORA = { 'adapter.peft_type': 'lora', 'adapter.r': 2 };
const SAMPLED = { 'generation.do_sample': true, 'generation.top_k': 0, 'generation.temperature': 1 };

/**
 * Fields whose default a golden run cannot tell from its own value, each with a setting in which they matter: sampling, a
 * prompt that is too long, scores that are frozen early.
 */
const SETTINGS: Readonly<Record<string, Plain>> = {
  'data.truncation_side': { 'data.max_length': 10, 'data.truncation_side': 'right' },
  'generation.top_k': { ...SAMPLED, 'generation.top_k': 1 },
  'generation.top_p': { ...SAMPLED, 'generation.top_p': 0.2 },
  'evaluation.do_sample': { ...SAMPLED, 'evaluation.do_sample': false },
  'evaluation.seed': { ...SAMPLED, 'evaluation.do_sample': true, 'evaluation.seed': 11 },
  'evaluation.num_prompts': { 'evaluation.num_samples': 2, 'evaluation.num_prompts': 2 },
  'evaluation.num_samples': { 'evaluation.num_samples': 1 },
  'evaluation.interval_iterations': { 'evaluation.interval_iterations': 1 },
  'rollouts.pad_token': { 'rollouts.response_mask': 'attention', 'rollouts.pad_token': 'eos' },
  'scaling.scale_reward': { 'scaling.scale_reward': 'none' },
  'scaling.cliprange_reward': { 'scaling.scale_reward': 'none', 'scaling.cliprange_reward': 0.05 },
  'scaling.warmup_rollouts': { 'scaling.scale_reward': 'frozen', 'scaling.warmup_rollouts': 4 },
  'updates.epoch_order': { 'updates.epoch_order': 'inner' },
  'optimizer.schedule': { 'optimizer.schedule': 'linear', 'optimizer.warmup_steps': 0 },
  'adapter.peft_type': { 'adapter.peft_type': 'lora' },
  'adapter.r': LORA,
  'adapter.lora_alpha': { ...LORA, 'adapter.lora_alpha': 64 },
  'adapter.lora_dropout': { ...LORA, 'adapter.lora_dropout': 0.5 },
  'adapter.use_rslora': { ...LORA, 'adapter.use_rslora': true },
  'adapter.target_modules': LORA,
  'adapter.rank_pattern': { ...LORA, 'adapter.rank_pattern': { '.*': 3 } },
  'engine.frozen_dtype': { ...LORA, 'engine.frozen_dtype': 'int8' },
  'adapter.alpha_pattern': { ...LORA, 'adapter.alpha_pattern': { '.*': 64 } },
  'optimizer.min_learning_rate': { 'optimizer.schedule': 'linear', 'optimizer.min_learning_rate': 0.005 },
};

const ADAPTER = [
  ...['peft_type', 'r', 'lora_alpha', 'lora_dropout', 'use_rslora'],
  ...['target_modules', 'rank_pattern', 'alpha_pattern'],
].map((name) => `adapter.${name}`);

const EVALUATION = ['do_sample', 'seed', 'num_prompts', 'num_samples'].map((name) => `evaluation.${name}`);

/** The golden case that a recipe's settings are added to, and the fields that need one. */
const OF_RECIPE: Readonly<Partial<Record<RecipeName, { readonly name: string; readonly paths: readonly string[] }>>> = {
  sft: { name: 'sft-completions', paths: [...ADAPTER, 'engine.frozen_dtype'] },
  'reward-model': { name: 'reward-tokenwise', paths: [...ADAPTER, 'engine.frozen_dtype'] },
  dpo: { name: 'dpo-smoothed', paths: [...ADAPTER, 'engine.frozen_dtype'] },
  kto: { name: 'kto-zero', paths: [...ADAPTER, 'engine.frozen_dtype'] },
  apa: { name: 'apa-frozen', paths: [...ADAPTER, ...EVALUATION, 'data.truncation_side', 'generation.top_p'] },
  ppo: {
    name: 'ppo-adaptive',
    paths: [
      ...ADAPTER,
      ...EVALUATION,
      ...['data.truncation_side', 'generation.top_k', 'generation.top_p', 'evaluation.interval_iterations'],
      ...['rollouts.pad_token', 'scaling.scale_reward', 'scaling.cliprange_reward', 'scaling.warmup_rollouts'],
      'updates.epoch_order',
    ],
  },
  a2po: { name: 'a2po', paths: [...ADAPTER, ...EVALUATION, 'data.truncation_side', 'generation.top_p'] },
  'apa-offline': { name: 'apa-offline', paths: [...ADAPTER, ...EVALUATION] },
  'awr-offline': { name: 'awr-offline', paths: [...ADAPTER, ...EVALUATION, 'evaluation.interval_iterations'] },
  awr: {
    name: 'awr-capped',
    paths: [
      ...ADAPTER,
      ...EVALUATION,
      ...['data.truncation_side', 'evaluation.interval_iterations', 'rollouts.pad_token'],
      ...['optimizer.schedule', 'optimizer.min_learning_rate'],
    ],
  },
};

/** Whether a field of a recipe has a probe here, in place of one that compares a golden run. */
export function seenByDifference(recipe: RecipeName, path: string): boolean {
  return OF_RECIPE[recipe]?.paths.includes(path) ?? false;
}

/** A probe that wants a field to change a run, against the same run with the default. */
function differenceProbe(recipe: RecipeName, path: string, name: string): ConfigProbe {
  // The golden runs of reward modeling have a Llama, all others a GPT-NeoX.
  const target = recipe === 'reward-model' ? 'up_proj' : 'dense_h_to_4h';
  const own = path === 'adapter.target_modules' ? { [path]: [target] } : {};
  const config = withValues(goldenCases()[name] as Plain, { ...SETTINGS[path]!, ...own });
  return { recipe, path, config, observe: differsWithout(config, path) };
}

/** Probes of fields that matter only in a setting of their own. */
export function differenceProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const { name, paths } = OF_RECIPE[recipe] ?? { name: '', paths: [] };
  return paths.map((path) => differenceProbe(recipe, path, name));
}
