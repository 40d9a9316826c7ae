import { type RecipeFacts, recipeFacts } from './page-facts.ts';

const OTHERS: Readonly<Record<string, string>> = { pipeline: 'Pipeline', model_init: 'New model' };

/** The facts about a recipe; null for `pipeline`, `model_init`, and names from other versions of Keel. */
export function findFacts(recipe: string): RecipeFacts | null {
  return recipeFacts.find(({ name }) => name === recipe) ?? null;
}

/** The title of a recipe, a pipeline, or a new model on the page. */
export function recipeTitle(recipe: string): string {
  return findFacts(recipe)?.title ?? OTHERS[recipe] ?? recipe;
}

/** The title of a pipeline stage on the page. */
export function stageTitle(stage: string): string {
  return OTHERS[stage] ?? recipeTitle(stage.replaceAll('_', '-'));
}
