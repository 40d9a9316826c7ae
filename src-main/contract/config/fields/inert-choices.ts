import type { Plain } from '../preset.ts';
import { isRecipeName, recipeOf } from '../recipes.ts';
import { formFields } from './form-fields.ts';

/** A value of a config that changes nothing today. */
export interface InertChoice {
  /** `engine.compute_dtype` */
  readonly path: string;
  readonly value: string;
  /** A sentence that says so. */
  readonly why: string;
}

/** What a resolved config of a recipe asks for in vain; empty for anything else than a recipe. */
export function inertChoices(file: Plain): readonly InertChoice[] {
  if (!isRecipeName(file.recipe)) return [];
  return formFields(recipeOf(file.recipe).schema).flatMap(({ path, inert }) => {
    const value = path.split('.').reduce<unknown>((at, key) => (at as Plain | undefined)?.[key], file);
    const why = typeof value === 'string' ? inert?.[value] : undefined;
    return why === undefined ? [] : [{ path, value: value as string, why }];
  });
}
