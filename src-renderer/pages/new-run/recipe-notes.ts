/** What each recipe is for, in a sentence. */
export const RECIPE_NOTES: readonly { readonly recipe: string; readonly note: string }[] = [
  { recipe: 'sft', note: 'Teach a model by examples: it learns to write what your demonstrations say.' },
  { recipe: 'reward-model', note: 'Learn from pairs which of two replies people prefer, and certify how well.' },
  { recipe: 'apa', note: 'Align a policy with a reward by a squared error around its start: steady, one knob λ.' },
  { recipe: 'ppo', note: 'The classic: clipped policy gradients with a KL penalty against the start.' },
  { recipe: 'awr', note: 'Repeat what went well: replies weighted by the exponential of their advantage.' },
  { recipe: 'pipeline', note: 'Several of these in a row, each going on from what the one before has made.' },
];

/** The text that a form begins with. */
export function freshConfig(recipe: string): string {
  return recipe === 'pipeline'
    ? 'recipe: pipeline\nstages:\n  reward_model: {}\n  apa:\n    reward:\n      type: model\n      model: stage:reward_model/reward_model\n'
    : `recipe: ${recipe}\n`;
}
