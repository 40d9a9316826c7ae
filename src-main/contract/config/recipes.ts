import type { z } from 'zod';
import type { RecipeDescriptor } from '../recipe-parts/descriptor.ts';
import { RECIPES } from '../recipes/all-recipes.ts';

type Recipes = typeof RECIPES;
export type RecipeName = keyof Recipes;
/** Recipes that sample responses and learn from them. */
export type OnlineRecipeName = {
  [Name in RecipeName]: Recipes[Name]['kind'] extends 'online' ? Name : never;
}[RecipeName];
export type SupervisedRecipeName = Exclude<RecipeName, OnlineRecipeName>;
/** The contents of a recipe's config file. */
export type RecipeFile<Name extends RecipeName = RecipeName> = z.infer<Recipes[Name]['schema']>;

/** Every recipe, in the order of recipe pickers and pipelines. */
export const recipeList: readonly RecipeDescriptor[] = Object.values<RecipeDescriptor>(
  RECIPES as unknown as Readonly<Record<string, RecipeDescriptor>>,
).sort((a, b) => a.order - b.order);

export const RECIPE_NAMES = recipeList.map(({ name }) => name) as readonly RecipeName[];

export function isRecipeName(name: unknown): name is RecipeName {
  return typeof name === 'string' && Object.hasOwn(RECIPES, name);
}

/** The descriptor of a recipe, without its literal types. */
export function recipeOf(name: RecipeName): RecipeDescriptor {
  return RECIPES[name] as unknown as RecipeDescriptor;
}

/** The descriptor of a recipe; null for `pipeline`, `model_init`, and names from other versions of Keel. */
export function findRecipe(name: string): RecipeDescriptor | null {
  return isRecipeName(name) ? recipeOf(name) : null;
}
