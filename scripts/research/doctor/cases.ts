import { type Config, type Expected, firstStep, from, type MeasuredCase } from './measured-case.ts';
import { BLOW_UP, COLLAPSE, file, HEALTHY, online, PLANTED } from './planted.ts';

const rule = (expression: string) => ({ type: 'rules', rules: [{ type: 'expression', expression }] });

function supervised(recipe: string, learningRate: number): Config {
  const pairs = recipe === 'reward-model';
  return {
    ...{ recipe, seed: 0, name: 'doctor', model: file('policy'), engine: { threads: 1 } },
    data: {
      files: [file(pairs ? 'preference-train.jsonl.gz' : 'sft.jsonl.gz')],
      ...(pairs && { held_out_files: [file('preference-held-out.jsonl.gz')] }),
      duplicates: 'keep',
    },
    training: { max_steps: 30, epochs: 1, batch_size: 8 },
    optimizer: { learning_rate: learningRate, schedule: 'constant' },
    evaluation: { interval_steps: 1000 },
    checkpoints: { interval_seconds: 86_400 },
    ...(pairs && { certificate: { max_pairs: 8 } }),
    doctor: { actions: { not_finite: 'tell' } },
  };
}

const healthy: readonly MeasuredCase[] = [
  ...HEALTHY,
  { name: 'healthy sft', config: supervised('sft', 2e-4), expected: [] },
  { name: 'healthy reward-model', config: supervised('reward-model', 2e-4), expected: [] },
];

const ALWAYS = 'from the first iteration';
const provoked: readonly MeasuredCase[] = [
  {
    name: 'apa, EOS forbidden',
    config: { ...online('apa', 0, 6), generation: { max_new_tokens: 32, min_new_tokens: 32 } },
    expected: [from('eos_missing', 1, ALWAYS)],
  },
  {
    name: 'apa, every reply scores 1',
    config: { ...online('apa', 0, 6), reward: rule('1') },
    expected: [from('dead_reward', 1, ALWAYS)],
  },
  {
    name: 'apa, the score is the number of words',
    config: { ...online('apa', 0, 6), reward: rule('length_words') },
    expected: [from('length_hacking', 1, ALWAYS)],
  },
  {
    name: 'apa, λ 0.01',
    config: { ...online('apa', 0, 6), method: { apa_lambda: 0.01 } },
    expected: [from('no_anchor', 1, ALWAYS)],
  },
  {
    name: 'apa, λ 1000',
    config: { ...online('apa', 0, 6), method: { apa_lambda: 1000 } },
    expected: [from('no_learning', 1, ALWAYS)],
  },
  {
    name: 'ppo, learning rate 1e-12',
    config: { ...online('ppo', 0, 6), optimizer: { learning_rate: 1e-12 } },
    expected: [from('no_learning', 1, ALWAYS)],
  },
  {
    name: 'apa, learning rate 0.02',
    config: { ...online('apa', 0, 8), optimizer: { learning_rate: 0.02 } },
    expected: [BLOW_UP],
  },
  {
    name: 'ppo, learning rate 0.02',
    config: { ...online('ppo', 0, 14), optimizer: { learning_rate: 0.02 } },
    expected: [BLOW_UP, COLLAPSE],
  },
  {
    name: 'ppo, eight passes over each collection at 0.003',
    config: {
      ...online('ppo', 0, 6),
      optimizer: { learning_rate: 0.003 },
      updates: { total_iterations: 6, minibatch_size: 16, num_ppo_epochs: 8 },
    },
    expected: [
      {
        regime: 'ppo_instability',
        onset: 'first iteration with more than 0.3 of the tokens clipped, or a mean ratio off 1 by more than 0.1',
        begins: (steps) =>
          firstStep(steps, (now) => now['policy/clipfrac_avg']! > 0.3 || Math.abs(now['val/ratio']! - 1) > 0.1),
      },
    ],
  },
  {
    name: 'awr, λ 0.01 without a cap',
    config: { ...online('awr', 0, 6), method: { awr_lambda: 0.01, weight_max: null } },
    expected: [from('few_weights', 1, ALWAYS)],
  },
  {
    name: 'apa, critic never trained',
    config: { ...online('apa', 0, 12), method: { vf_coef: 0 } },
    expected: [from('critic_useless', 4, 'fourth iteration: a critic that trains explains something by then')],
  },
  {
    name: 'apa, NaN in the third iteration',
    config: online('apa', 0, 5),
    env: { KEEL_FAIL_AT: 'step.before_update@9:nan' },
    expected: [from('not_finite', 3, 'iteration of the first broken update')],
  },
  ...['sft', 'reward-model'].map((recipe) => ({
    name: `${recipe}, learning rate 0.3`,
    config: supervised(recipe, 0.3),
    expected: [
      {
        regime: 'diverging_loss' as const,
        onset: 'first update whose loss is half above the first one',
        begins: (steps: Parameters<Expected['begins']>[0]) =>
          firstStep(steps, (now, start) => now.loss! > 1.5 * start.loss!),
      },
    ],
  })),
  {
    name: 'sft, NaN from the fifth update on',
    config: supervised('sft', 2e-4),
    env: { KEEL_FAIL_AT: 'step.before_update@5:nan' },
    expected: [from('not_finite', 5, 'the first broken update')],
  },
];

/** Every case: nothing may be found in the healthy ones, and each provoked failure has to be named. */
export const CASES: readonly MeasuredCase[] = [...healthy, ...PLANTED, ...provoked];
