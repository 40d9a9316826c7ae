import type { Row } from '../run-config.ts';
import { politeRules } from './polite-rules.ts';
import { MAX_NEW_TOKENS, type PreparedData, TEMPERATURE } from './prepare-data.ts';

/** Sizes of the three runs. */
export interface Sizes {
  readonly sftSteps: number;
  readonly rewardSteps: number;
  readonly iterations: number;
  readonly rollouts: number;
  /** Held-out prompts of an evaluation. */
  readonly heldOut: number;
}

const adapter = { peft_type: 'lora', r: 16, lora_alpha: 32, target_modules: ['all-linear'] };
/** Products in bfloat16 where the processor has them, which the log of a run tells. */
const engine = { frozen_dtype: 'bfloat16', compute_dtype: 'bfloat16' };

/** The config of the supervised run. */
export function sftConfig(model: string, data: PreparedData, { sftSteps }: Sizes): Row {
  return {
    recipe: 'sft',
    name: 'pretrained-sft',
    model,
    adapter,
    engine,
    data: { files: [data.demonstrations], held_out_fraction: 0.1 },
    training: { max_steps: sftSteps, epochs: 10, batch_size: 8 },
    optimizer: { learning_rate: 2e-4, schedule: 'constant' },
    evaluation: { interval_steps: sftSteps },
  };
}

/** The config of the reward model, from the policy of the supervised run. */
export function rewardConfig(sft: string, data: PreparedData, { rewardSteps }: Sizes): Row {
  return {
    recipe: 'reward-model',
    name: 'pretrained-reward',
    model: `run:${sft}/policy`,
    adapter,
    engine,
    data: { files: [data.pairs], held_out_fraction: 0.25 },
    training: { max_steps: rewardSteps, epochs: 10, batch_size: 8 },
    optimizer: { learning_rate: 2e-4, schedule: 'constant' },
    evaluation: { interval_steps: rewardSteps },
  };
}

/** The config of APA with the rules as its reward and the reward model as its judge. */
export function apaConfig(sft: string, reward: string, data: PreparedData, sizes: Sizes): Row {
  return {
    recipe: 'apa',
    name: 'pretrained-apa',
    model: `run:${sft}/policy`,
    adapter,
    engine,
    reward: politeRules,
    judge: { type: 'model', model: `run:${reward}/reward_model` },
    data: { files: [data.prompts], held_out_files: [data.heldOut], duplicates: 'keep' },
    generation: { max_new_tokens: MAX_NEW_TOKENS, temperature: TEMPERATURE },
    rollouts: { num_rollouts: sizes.rollouts, chunk_size: sizes.rollouts },
    updates: { total_iterations: sizes.iterations, minibatch_size: 8 },
    // A short run cannot wait until the critic knows the mean score.
    scaling: { advantages: 'whiten_masked', warmup_rollouts: 2 * sizes.rollouts },
    optimizer: { learning_rate: 3e-4 },
    method: { apa_lambda: 0.5 },
    evaluation: { interval_iterations: sizes.iterations, num_prompts: sizes.heldOut, num_samples: 0 },
  };
}
