import { recipeList } from '#contract/config/index.ts';

/** A one-sentence description of each recipe. */
export const RECIPE_NOTES: readonly { readonly recipe: string; readonly note: string }[] = [
  ...recipeList.map(({ name, note }) => ({ recipe: name, note })),
  { recipe: 'pipeline', note: 'Several of these in sequence, each building on the output of the previous one.' },
];

/** The initial text of a form. */
export function freshConfig(recipe: string): string {
  return recipe === 'pipeline'
    ? 'recipe: pipeline\nstages:\n  reward_model: {}\n  apa:\n    reward:\n      type: model\n      model: stage:reward_model/reward_model\n'
    : `recipe: ${recipe}\n`;
}
