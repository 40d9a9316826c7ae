import { mkdirSync } from 'node:fs';
import type { PairParts } from './pairs-data.ts';
import { type NamedStudy, writeRows } from './run-study.ts';
import { STARTER_POLICY } from './starter-study.ts';

/** How large the study is. */
export interface PairsSize {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly values: number;
  readonly iterations: number;
  readonly rollouts: number;
  readonly prompts: number;
  readonly epochs: number;
}

/** 3 methods, 3 seeds, 2 values of each method's knob: 18 runs after three shared ones. */
export const PAIRS_STUDY: PairsSize = {
  ...{ name: 'pairs', seeds: [1, 2, 3], values: 2, iterations: 40, rollouts: 64, prompts: 96, epochs: 3 },
};

/** The same in small, to see that everything works; its numbers mean nothing. */
export const SHORT_PAIRS: PairsSize = {
  ...{ name: 'pairs-short', seeds: [1, 2], values: 1, iterations: 2, rollouts: 8, prompts: 8, epochs: 0.05 },
};

const KNOBS = [
  ['apa', 'method.apa_lambda', [0.5, 1]],
  ['ppo', 'method.kl_coef', [0.05, 0.1]],
  ['awr', 'method.awr_lambda', [1, 2]],
] as const;

/** Where the parts of the data were written. */
export type PairFiles = Readonly<
  Record<'forReward' | 'forJudge' | 'heldOut' | 'answers' | 'questions' | 'heldOutQuestions', string>
>;

/** Writes the parts as files that recipes read, into a folder outside the repository. */
export function writePairFiles(folder: string, { forReward, forJudge, heldOut }: PairParts): PairFiles {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, rows: readonly unknown[]) => writeRows(folder, name, rows);
  const train = [...forReward, ...forJudge];
  const questions = (pairs: PairParts['heldOut']) => [...new Set(pairs.map(({ prompt }) => prompt))];
  return {
    forReward: write('for-reward', forReward),
    forJudge: write('for-judge', forJudge),
    heldOut: write('held-out', heldOut),
    answers: write(
      'answers',
      train.map(({ prompt, chosen }) => ({ prompt, completion: chosen })),
    ),
    questions: write(
      'questions',
      questions(train).map((prompt) => ({ prompt })),
    ),
    heldOutQuestions: write(
      'held-out-questions',
      questions(heldOut).map((prompt) => ({ prompt })),
    ),
  };
}

function rewardModel(files: PairFiles, own: string, epochs: number) {
  return {
    ...{ recipe: 'reward-model', model: 'stage:sft/policy', seed: 0 },
    data: { files: [own], held_out_files: [files.heldOut], duplicates: 'keep' },
    training: { epochs, batch_size: 16 },
    optimizer: { learning_rate: 0.0005, warmup_steps: 10, schedule: 'cosine' },
  };
}

/**
 * "On real pairs": a policy that has learned to answer, a reward model of one half of the pairs, and as the judge another
 * one of the other half, none of which has seen the held-out prompts.
 */
export function pairsStudy(
  { name, seeds, values, iterations, rollouts, prompts, epochs }: PairsSize,
  files: PairFiles,
): NamedStudy {
  return {
    ...{ version: 1, recipe: 'study', name, seeds },
    notes: 'APA, PPO, and AWR on real pairs; the judge is a reward model of pairs that the trained one has not seen.',
    prepare: {
      sft: {
        ...{ recipe: 'sft', model: STARTER_POLICY, seed: 0 },
        data: { files: [files.answers], duplicates: 'keep', held_out_fraction: 0.05 },
        training: { epochs, batch_size: 16 },
        optimizer: { learning_rate: 0.001, warmup_steps: 10, schedule: 'cosine' },
      },
      reward: rewardModel(files, files.forReward, epochs),
      judge: rewardModel(files, files.forJudge, epochs),
    },
    base: {
      model: 'stage:sft/policy',
      data: { files: [files.questions], held_out_files: [files.heldOutQuestions], duplicates: 'keep' },
      reward: { type: 'model', model: 'stage:reward/reward_model' },
      judge: { type: 'model', model: 'stage:judge/reward_model' },
      certificate_required: false,
      generation: { max_new_tokens: 48 },
      rollouts: { num_rollouts: rollouts, chunk_size: rollouts },
      updates: { total_iterations: iterations, minibatch_size: Math.min(32, rollouts), num_ppo_epochs: 2 },
      optimizer: { learning_rate: 0.0005, schedule: 'linear', min_learning_rate: 0.00005 },
      evaluation: {
        interval_iterations: Math.max(1, Math.floor(iterations / 5)),
        num_prompts: prompts,
        num_samples: 0,
      },
      checkpoints: { keep_best: false },
    },
    methods: KNOBS.map(([recipe, path, all]) => ({ recipe, grid: { [path]: all.slice(0, values) } })),
    reading: { by: 'judge' },
  };
}
