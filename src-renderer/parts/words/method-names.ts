import { findFacts, recipeTitle } from '#contract/page-words.ts';

/** How a recipe is called on the page. */
export const methodName = recipeTitle;

/** The CSS variable of a method's fixed color. */
export function methodColor(recipe: string): string {
  return findFacts(recipe) ? `--method-${recipe}` : '--method-pipeline';
}
