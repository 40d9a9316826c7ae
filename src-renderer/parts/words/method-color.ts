import { findFacts } from '#contract/page-words.ts';

/** The CSS variable of a method's fixed color. */
export function methodColor(recipe: string): string {
  return findFacts(recipe) ? `--method-${recipe}` : '--method-pipeline';
}
