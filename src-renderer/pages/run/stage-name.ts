const NAMES: Readonly<Record<string, string>> = {
  model_init: 'New model',
  sft: 'SFT',
  reward_model: 'Reward model',
  apa: 'APA',
  ppo: 'PPO',
  awr: 'AWR',
};

/** A pipeline's stage as the page calls it. */
export function stageName(stage: string | null): string {
  return stage === null ? '' : (NAMES[stage] ?? stage);
}
