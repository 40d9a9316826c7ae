import { isRecipeName, RECIPE_NAMES, type RecipeName } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { Recipe } from '../session/context.ts';

/** `reward-model` to `rewardModel`, the name that its module exports. */
function exportName(name: RecipeName): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Loads a recipe's module by its name. A test ensures that every descriptor has one. Throws `recipe_unknown`. */
export async function loadRecipe(name: string): Promise<Recipe<never>> {
  if (!isRecipeName(name)) {
    throw new KeelError({
      code: 'recipe_unknown',
      why: `There is no recipe named "${name}".`,
      fix: `Use one of ${RECIPE_NAMES.join(', ')}.`,
    });
  }
  const page = (await import(`../recipes/${name}.ts`)) as Readonly<Record<string, Recipe<never>>>;
  return page[exportName(name)] as Recipe<never>;
}
