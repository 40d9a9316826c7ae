import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../acceptance/run-program.ts';
import type { NamedStudy } from './run-study.ts';

const STARTER = join(ROOT, 'resources/starter');

/** How large the study is. */
export interface StudySize {
  readonly name: string;
  readonly seeds: readonly number[];
  /** Values per knob. */
  readonly values: number;
  readonly iterations: number;
  readonly rollouts: number;
  readonly prompts: number;
  /** Pairs that the reward model learns from are read once; null for all of them. */
  readonly pairs: number | null;
}

const FULL = { values: 4, iterations: 20, rollouts: 64, prompts: 64, pairs: null } as const;

/** 5 seeds, 4 values of each method's knob. */
export const STARTER_STUDY: StudySize = { name: 'starter', seeds: [1, 2, 3, 4, 5], ...FULL };

/** One seed that the study has not seen, per cell. */
export const FRESH_STUDY: StudySize = { name: 'starter-fresh', seeds: [101], ...FULL };

/** The same in small, to see that everything works; its numbers mean nothing. */
export const SHORT_STUDY: StudySize = {
  ...{ name: 'starter-short', seeds: [1, 2], values: 1, iterations: 2, rollouts: 8, prompts: 8, pairs: 256 },
};

/** Each method's knob from weak to strong hold on the starting policy, and its values. */
const KNOBS = [
  ['apa', 'method.apa_lambda', [0.5, 0.25, 1, 2]],
  ['ppo', 'method.kl_coef', [0.05, 0.02, 0.1, 0.2]],
  ['awr', 'method.awr_lambda', [1, 0.5, 2, 4]],
] as const;

const file = (name: string) => join(STARTER, `${name}.jsonl.gz`);

/** The policy that everything on the starter begins with, and its data. */
export const STARTER_POLICY = join(STARTER, 'policy');
const dataOf = (kind: string) => ({
  files: [file(`${kind}-train`)],
  held_out_files: [file(`${kind}-held-out`)],
  duplicates: 'keep',
});
export const STARTER_PAIRS = dataOf('preference');
export const STARTER_PROMPTS = dataOf('prompts');
export const STARTER_RESPONSES = { max_new_tokens: 72 };

/** Training on the starter's pairs, as the demo's reward model does. */
export const STARTER_TRAINING = {
  training: { epochs: 1, batch_size: 16 },
  optimizer: { learning_rate: 0.0005, warmup_steps: 20, schedule: 'cosine' },
  evaluation: { interval_steps: 200 },
};

/** The config of the starter's reward model. */
export const STARTER_REWARD = {
  ...{ recipe: 'reward-model', model: STARTER_POLICY, seed: 0, data: STARTER_PAIRS },
  ...STARTER_TRAINING,
};

/** The config of "APA, PPO, AWR on the starter": one reward model, and rules as a judge that has no part in training. */
export function starterStudy(size: StudySize): NamedStudy {
  const { name, seeds, values, iterations, rollouts, prompts, pairs } = size;
  const evaluation = {
    interval_iterations: Math.max(1, Math.floor(iterations / 4)),
    num_prompts: prompts,
    num_samples: prompts,
  };
  return {
    ...{ version: 1, recipe: 'study', name, seeds },
    notes: 'APA, PPO, and AWR on the starter: one reward model, the same prompts, seeds, and number of iterations.',
    prepare: {
      reward: {
        ...STARTER_REWARD,
        training: { ...STARTER_TRAINING.training, ...(pairs !== null && { max_steps: Math.ceil(pairs / 16) }) },
      },
    },
    base: {
      model: STARTER_POLICY,
      data: STARTER_PROMPTS,
      reward: { type: 'model', model: 'stage:reward/reward_model' },
      certificate_required: pairs === null,
      judge: JSON.parse(readFileSync(join(STARTER, 'judge.json'), 'utf8')),
      generation: STARTER_RESPONSES,
      rollouts: { num_rollouts: rollouts, chunk_size: rollouts },
      updates: { total_iterations: iterations, minibatch_size: Math.min(32, rollouts), num_ppo_epochs: 2 },
      optimizer: { learning_rate: 0.0005, schedule: 'linear', min_learning_rate: 0.00005 },
      evaluation,
      checkpoints: { keep_best: false },
    },
    methods: KNOBS.map(([recipe, path, all]) => ({ recipe, grid: { [path]: all.slice(0, values) } })),
    reading: { by: 'judge' },
  };
}
