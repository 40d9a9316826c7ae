/** How a recipe is called on the page. */
export function methodName(recipe: string): string {
  const NAMES: Readonly<Record<string, string>> = {
    apa: 'APA',
    ppo: 'PPO',
    awr: 'AWR',
    dpo: 'DPO',
    grpo: 'GRPO',
    sft: 'SFT',
    'reward-model': 'Reward model',
    // The stage of a pipeline, which is a key of its config.
    reward_model: 'Reward model',
    pipeline: 'Pipeline',
    model_init: 'New model',
  };
  return NAMES[recipe] ?? recipe;
}

/** The CSS variable of a method's fixed color. */
export function methodColor(recipe: string): string {
  const known = ['apa', 'ppo', 'awr', 'dpo', 'grpo', 'sft', 'reward-model', 'pipeline'];
  return known.includes(recipe) ? `--method-${recipe}` : '--method-pipeline';
}
