import type { NamedStudy } from './run-study.ts';
import { type StudySize, starterStudy } from './starter-study.ts';

/** How large the study is; its knobs have values of their own. */
export type ClaimsSize = Omit<StudySize, 'values'>;

/** 9 configurations, 2 seeds: 18 runs after a shared one. */
export const CLAIMS_STUDY: ClaimsSize = {
  ...{ name: 'claims', seeds: [1, 2], iterations: 60, rollouts: 64, prompts: 64, pairs: null },
};

/** The same in small, to see that everything works; its numbers mean nothing. */
export const SHORT_CLAIMS: ClaimsSize = {
  ...{ name: 'claims-short', seeds: [1], iterations: 2, rollouts: 8, prompts: 8, pairs: 64 },
};

export const APA = 'apa';
export const WHITENED = 'apa-whitened';
export const PPO = 'ppo';
export const AWR = 'awr';

const METHODS = [
  { recipe: 'apa', label: APA, grid: { 'method.apa_lambda': [0.25, 0.5, 1, 2] } },
  {
    ...{ recipe: 'apa', label: WHITENED, config: { scaling: { advantages: 'whiten_masked' } } },
    grid: { 'method.apa_lambda': [0.1, 2] },
  },
  { recipe: 'ppo', label: PPO, grid: { 'method.kl_coef': [0, 0.1] } },
  { recipe: 'awr', label: AWR, grid: { 'method.awr_lambda': [1] } },
];

/**
 * "What the theory says, on the starter": the runs of the starter's study, three times as long and with a learning rate that
 * stays, so that what levels off does so because of the method and not of its schedule.
 */
export function claimsStudy({ iterations, ...size }: ClaimsSize): NamedStudy {
  const { base, ...rest } = starterStudy({ ...size, iterations, values: 1 });
  return {
    ...rest,
    notes: 'What the theory says of APA, PPO, and AWR over time, on the starter, with a constant learning rate.',
    base: {
      ...(base as Readonly<Record<string, unknown>>),
      optimizer: { learning_rate: 0.0005, schedule: 'constant' },
      evaluation: {
        interval_iterations: Math.max(1, Math.floor(iterations / 10)),
        num_prompts: size.prompts,
        num_samples: size.prompts,
      },
    },
    methods: METHODS,
  } as NamedStudy;
}
