import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../acceptance/run-program.ts';
import { type NamedStudy, writeRows } from './run-study.ts';

const STARTER = join(ROOT, 'resources/starter');

/** How large the study is. */
export interface PretrainedSize {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly iterations: number;
  readonly rollouts: number;
  readonly prompts: number;
  readonly pairs: number;
  readonly tokens: number;
}

/** 3 methods, 3 seeds: 9 runs after one shared one. */
export const PRETRAINED_STUDY: PretrainedSize = {
  ...{ name: 'pretrained', seeds: [1, 2, 3], iterations: 16, rollouts: 16, prompts: 32, pairs: 320, tokens: 40 },
};

/** The same in small, to see that everything works; its numbers mean nothing. */
export const SHORT_PRETRAINED: PretrainedSize = {
  ...{ name: 'pretrained-short', seeds: [1], iterations: 1, rollouts: 4, prompts: 4, pairs: 8, tokens: 8 },
};

const METHODS = [
  ['apa', 'method.apa_lambda', 1],
  ['ppo', 'method.kl_coef', 0.05],
  ['awr', 'method.awr_lambda', 1],
] as const;

type Row = Readonly<Record<'prompt' | 'chosen' | 'rejected', string>>;

function starterRows(name: string): readonly Row[] {
  const text = gunzipSync(readFileSync(join(STARTER, `${name}.jsonl.gz`))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/** What the customer says, as a turn of a conversation, which a model with a chat template was made for. */
export const asUser = (prompt: string) => [
  { role: 'user', content: prompt.replace(/^Customer: /, '').replace(/\nSupport:$/, '') },
];
const asAnswer = (text: string) => [{ role: 'assistant', content: text.trim() }];

export type PretrainedFiles = Readonly<Record<'pairs' | 'heldOutPairs' | 'prompts' | 'heldOutPrompts', string>>;

/** Writes the starter's data as conversations. */
export function writePretrainedFiles(folder: string): PretrainedFiles {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, rows: readonly unknown[]) => writeRows(folder, name, rows);
  const pairs = (name: string) =>
    starterRows(name).map(({ prompt, chosen, rejected }) => {
      return { prompt: asUser(prompt), chosen: asAnswer(chosen), rejected: asAnswer(rejected) };
    });
  const prompts = (name: string) => starterRows(name).map(({ prompt }) => ({ prompt: asUser(prompt) }));
  return {
    pairs: write('pairs', pairs('preference-train')),
    heldOutPairs: write('held-out-pairs', pairs('preference-held-out').slice(0, 64)),
    prompts: write('prompts', prompts('prompts-train')),
    heldOutPrompts: write('held-out-prompts', prompts('prompts-held-out')),
  };
}

/** "On a pretrained model": adapters on a model in GGUF or of a folder, a reward model on the same base, rules as the judge. */
export function pretrainedStudy(size: PretrainedSize, model: string, files: PretrainedFiles): NamedStudy {
  const { name, seeds, iterations, rollouts, prompts, pairs, tokens } = size;
  const adapted = {
    adapter: { peft_type: 'lora', r: 16, lora_alpha: 32, target_modules: ['all-linear'] },
    engine: { frozen_dtype: 'bfloat16' },
  };
  const batch = Math.min(8, rollouts, pairs);
  return {
    ...{ version: 1, recipe: 'study', name, seeds },
    notes: 'APA, PPO, and AWR with adapters on a pretrained model; rules judge, and have no part in the training.',
    prepare: {
      reward: {
        ...{ recipe: 'reward-model', model, seed: 0, ...adapted },
        data: { files: [files.pairs], held_out_files: [files.heldOutPairs], duplicates: 'keep' },
        training: { max_steps: Math.ceil(pairs / batch), batch_size: batch },
        optimizer: { learning_rate: 0.0002, warmup_steps: 4 },
        evaluation: { interval_steps: Math.ceil(pairs / batch) },
      },
    },
    base: {
      ...{ model, ...adapted },
      data: { files: [files.prompts], held_out_files: [files.heldOutPrompts], duplicates: 'keep' },
      reward: { type: 'model', model: 'stage:reward/reward_model' },
      judge: JSON.parse(readFileSync(join(STARTER, 'judge.json'), 'utf8')),
      certificate_required: false,
      generation: { max_new_tokens: tokens },
      rollouts: { num_rollouts: rollouts, chunk_size: rollouts },
      updates: { total_iterations: iterations, minibatch_size: batch, num_ppo_epochs: 2 },
      optimizer: { learning_rate: 0.0002 },
      evaluation: {
        interval_iterations: Math.max(1, Math.floor(iterations / 4)),
        num_prompts: prompts,
        num_samples: 4,
      },
      checkpoints: { keep_best: false },
    },
    methods: METHODS.map(([recipe, path, value]) => ({ recipe, grid: { [path]: [value] } })),
    reading: { by: 'judge' },
  };
}
