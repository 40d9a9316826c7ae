import { allFrom, from, type Preset } from '../preset.ts';
import type { OnlineGroups } from './online.ts';
import { keelOnline } from './online-presets.ts';

/** The values of the `keel` preset for methods that compare several responses to one prompt, as in TRL 1.16. */
export function keelGroups(trl: string, numGenerations: number) {
  return {
    ...keelOnline,
    generation: {
      ...keelOnline.generation,
      max_new_tokens: from('Keel: a short chain of thought; the 512 tokens of TRL take four times as long', 128),
    },
    scaling: {
      ...allFrom(`${trl}: rewards are compared within a group, neither scaled before nor clipped`, {
        scale_reward: 'none' as const,
        cliprange_reward: 1e9,
        advantages: 'none' as const,
      }),
      warmup_rollouts: from('not used by this preset', 128),
    },
    rollouts: {
      ...keelOnline.rollouts,
      num_rollouts: from('TRL: 8 devices or steps of 8 responses', 64),
      num_generations: from(`${trl}.num_generations`, numGenerations),
    },
    updates: {
      ...keelOnline.updates,
      minibatch_size: from(`${trl}.steps_per_generation: one update per collection`, 64),
      num_ppo_epochs: from(`${trl}.num_iterations`, 1),
    },
    optimizer: {
      learning_rate: from(`${trl}.learning_rate`, 1e-6),
      ...allFrom('transformers TrainingArguments', {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay: 0,
        max_grad_norm: 1,
        warmup_steps: 0,
        schedule: 'linear' as const,
        min_learning_rate: 0,
      }),
    },
  } satisfies Preset<OnlineGroups>;
}
