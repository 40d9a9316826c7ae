import type { z } from 'zod';
import { apaPresets, apaSchema } from './apa.ts';
import { awrPresets, awrSchema } from './awr.ts';
import { type CrossCheck, onlineChecks, supervisedChecks } from './cross-checks.ts';
import { ppoPresets, ppoSchema } from './ppo.ts';
import type { Plain, PresetName } from './preset.ts';
import { rewardModelPresets, rewardModelSchema } from './reward-model.ts';
import { sftPresets, sftSchema } from './sft.ts';

interface RecipeSchema {
  readonly schema: z.ZodObject;
  readonly presets: Readonly<Record<PresetName, Plain>>;
  readonly checks: readonly CrossCheck[];
}

/** Every recipe that has a config; a new one is a line here. */
export const recipeSchemas = {
  sft: { schema: sftSchema, presets: sftPresets, checks: supervisedChecks },
  'reward-model': { schema: rewardModelSchema, presets: rewardModelPresets, checks: supervisedChecks },
  apa: { schema: apaSchema, presets: apaPresets, checks: onlineChecks },
  ppo: { schema: ppoSchema, presets: ppoPresets, checks: onlineChecks },
  awr: { schema: awrSchema, presets: awrPresets, checks: onlineChecks },
} as const satisfies Record<
  string,
  { readonly schema: z.ZodObject; readonly presets: unknown; readonly checks: unknown }
>;

export type RecipeName = keyof typeof recipeSchemas;
export type RecipeFile<Name extends RecipeName = RecipeName> = z.infer<(typeof recipeSchemas)[Name]['schema']>;

export const RECIPE_NAMES = Object.keys(recipeSchemas) as readonly RecipeName[];

export function isRecipeName(name: unknown): name is RecipeName {
  return typeof name === 'string' && Object.hasOwn(recipeSchemas, name);
}

/** The entry of a recipe, types forgotten. */
export function recipeSchema(name: RecipeName): RecipeSchema {
  return recipeSchemas[name] as unknown as RecipeSchema;
}
