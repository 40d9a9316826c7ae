import { type RecipeFacts, recipeFacts } from './page-facts.ts';

const OTHERS: Readonly<Record<string, string>> = { pipeline: 'Pipeline', model_init: 'New model' };

/** What is known about what may be a recipe; null for `pipeline`, `model_init` and names of another Keel. */
export function findFacts(recipe: string): RecipeFacts | null {
  return recipeFacts.find(({ name }) => name === recipe) ?? null;
}

/** What a recipe, a pipeline or a new model is called on the page. */
export function recipeTitle(recipe: string): string {
  return findFacts(recipe)?.title ?? OTHERS[recipe] ?? recipe;
}

/** What a stage of a pipeline is called on the page. */
export function stageTitle(stage: string): string {
  return OTHERS[stage] ?? recipeTitle(stage.replaceAll('_', '-'));
}
