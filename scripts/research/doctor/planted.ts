import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, type Expected, from, lastingFrom, type MeasuredCase, type Steps } from './measured-case.ts';

const STARTER = join(import.meta.dirname, '../../../resources/starter');
export const file = (name: string) => join(STARTER, name);
const rules = (name: string) => JSON.parse(readFileSync(file(name), 'utf8')) as { readonly rules: readonly unknown[] };
const expression = (text: string, weight = 1) => ({ type: 'expression', expression: text, weight });

const judge = rules('judge.json');

/** Reinforcement on the starter's prompts against its judge's rules: small, but a real model on a real task. */
export function online(recipe: string, seed: number, iterations: number, more: Config = {}): Config {
  return {
    ...{ recipe, seed, name: 'doctor', model: file('policy'), engine: { threads: 1 } },
    data: {
      files: [file('prompts-train.jsonl.gz')],
      held_out_files: [file('prompts-held-out.jsonl.gz')],
      duplicates: 'keep',
    },
    reward: judge,
    generation: { max_new_tokens: 48 },
    rollouts: { num_rollouts: 32, chunk_size: 32 },
    updates: { total_iterations: iterations, minibatch_size: 16 },
    // AWR has nothing that holds it: at the others' rate it drifts without a plateau, and the doctor says so.
    optimizer: { learning_rate: recipe === 'awr' ? 1e-4 : 5e-4 },
    scaling: { warmup_rollouts: 64 },
    evaluation: { interval_iterations: 2, num_prompts: 64, num_samples: 0 },
    checkpoints: { interval_seconds: 86_400 },
    doctor: { actions: { not_finite: 'tell', collapse: 'tell' } },
    ...more,
  };
}

/** Runs in which nothing may be found: three seeds of each method. The judge is the reward, which cannot be exploited. */
export const HEALTHY: readonly MeasuredCase[] = ['apa', 'ppo', 'awr'].flatMap((recipe) =>
  [0, 1, 2].map((seed) => ({
    name: `healthy ${recipe}, seed ${seed}`,
    config: online(recipe, seed, 20, { judge }),
    expected: [],
  })),
);

const at = (steps: Steps, step: number, key: string) => steps.get(step)?.[key] ?? Number.NaN;

/** The first evaluation from which on the judge is below, and the reward above, the start by a standard error of both. */
function judgeLeaves(steps: Steps): number | null {
  const error = (key: string, step: number) =>
    Math.hypot(at(steps, 0, `${key}_std`), at(steps, step, `${key}_std`)) / Math.sqrt(at(steps, 0, 'eval/prompts'));
  const change = (key: string, step: number) => (at(steps, step, key) - at(steps, 0, key)) / error(key, step);
  const evaluated = [...steps.keys()].filter((step) => step > 0 && steps.get(step)?.['eval/judge'] !== undefined);
  const isOver = (step: number) => change('eval/judge', step) < -1 && change('eval/reward', step) > 1;
  const lastFine = evaluated.findLastIndex((step) => !isOver(step));
  return evaluated[lastFine + 1] ?? null;
}

const SHRINKING: Expected = {
  regime: 'length_hacking',
  onset: "first of three iterations in a row whose responses are shorter than 0.75 of the start's",
  begins: (steps) =>
    lastingFrom(
      steps,
      (values, start) => values['completions/mean_length']! < 0.75 * start['completions/mean_length']!,
    ),
};

/** Collapse, by the responses of training alone. */
export const COLLAPSE: Expected = {
  regime: 'collapse',
  onset:
    "first of three iterations in a row that hold under a tenth of the start's entropy or a fifth of its distinct replies",
  begins: (steps) => {
    const below = (key: string, share: number) =>
      lastingFrom(steps, (values, start) => (values[key] ?? Infinity) < share * start[key]!) ?? Infinity;
    const first = Math.min(below('objective/sampled_entropy_per_token', 0.1), below('completions/distinct_share', 0.2));
    return Number.isFinite(first) ? first : null;
  },
};

export const BLOW_UP: Expected = {
  regime: 'kl_blow_up',
  onset: 'first of three iterations in a row with a KL of a token above 1 nat',
  begins: (steps) => lastingFrom(steps, (values) => values['objective/kl_per_token']! > 1),
};

/** Runs that go wrong, each in a way that a reward, a coefficient, or a rate brings about. */
export const PLANTED: readonly MeasuredCase[] = [
  {
    name: 'planted over-optimization: a reward for negative words',
    config: online('apa', 0, 20, {
      reward: { type: 'rules', rules: [expression('min(count(" not ") + count(" only ") + count(" must "), 6)')] },
      judge,
    }),
    expected: [
      {
        regime: 'over_optimization',
        onset:
          'first evaluation from which on judge and reward have left the start by a standard error, in two directions',
        begins: judgeLeaves,
      },
    ],
  },
  {
    name: 'planted shrinking responses: a reward that pays a little for brevity',
    config: online('apa', 0, 20, {
      reward: { type: 'rules', rules: [...judge.rules, expression('0 - 0.1 * length_words')] },
      judge,
      optimizer: { learning_rate: 1e-3 },
      method: { apa_lambda: 0.5 },
    }),
    expected: [SHRINKING],
  },
  {
    name: 'planted collapse: PPO without an anchor at a rate of 0.02',
    config: online('ppo', 0, 14, { judge, optimizer: { learning_rate: 0.02 }, method: { kl_coef: 0 } }),
    expected: [COLLAPSE],
  },
  {
    name: 'planted destroyed policy: λ 0.03',
    config: online('apa', 0, 20, { judge, optimizer: { learning_rate: 1e-3 }, method: { apa_lambda: 0.03 } }),
    expected: [BLOW_UP, from('no_anchor', 1, 'from the first iteration')],
  },
];
