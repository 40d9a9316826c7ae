import { recipeList } from '#contract/config/index.ts';

/** What each recipe is for, in a sentence. */
export const RECIPE_NOTES: readonly { readonly recipe: string; readonly note: string }[] = [
  ...recipeList.map(({ name, note }) => ({ recipe: name, note })),
  { recipe: 'pipeline', note: 'Several of these in a row, each going on from what the one before has made.' },
];

/** The text that a form begins with. */
export function freshConfig(recipe: string): string {
  return recipe === 'pipeline'
    ? 'recipe: pipeline\nstages:\n  reward_model: {}\n  apa:\n    reward:\n      type: model\n      model: stage:reward_model/reward_model\n'
    : `recipe: ${recipe}\n`;
}
