/** Failure modes that the run doctor can detect, described in docs/algorithms/doctor.md. */
export const FAILURE_MODES = [
  'not_finite',
  'collapse',
  'kl_blow_up',
  'no_anchor',
  'no_learning',
  'length_hacking',
  'eos_missing',
  'repetition',
  'dead_reward',
  'over_optimization',
  'critic_useless',
  'whitened_noise',
  'few_weights',
  'ppo_instability',
  'diverging_loss',
] as const;
export type FailureMode = (typeof FAILURE_MODES)[number];

/** The title of each failure mode in texts. */
export const FAILURE_MODE_TITLES: Readonly<Record<FailureMode, string>> = {
  not_finite: 'Non-finite values',
  collapse: 'Collapse',
  kl_blow_up: 'KL blow-up',
  no_anchor: 'No anchor',
  no_learning: 'No learning',
  length_hacking: 'Length hacking',
  eos_missing: 'Missing EOS',
  repetition: 'Repetition',
  dead_reward: 'Dead reward',
  over_optimization: 'Over-optimization',
  critic_useless: 'Useless critic',
  whitened_noise: 'Whitened noise',
  few_weights: 'Concentrated weights',
  ppo_instability: 'Unstable PPO',
  diverging_loss: 'Diverging loss',
};
