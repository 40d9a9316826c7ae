import type { Plain } from '../preset.ts';
import { isRecipeName, recipeOf } from '../recipes.ts';
import { valueAt } from '../value-at.ts';
import { formFields } from './form-fields.ts';

/** A config value that currently has no effect. */
export interface InertChoice {
  /** `engine.compute_dtype` */
  readonly path: string;
  readonly value: string;
  /** A sentence that says so. */
  readonly why: string;
}

/** The values in a recipe's resolved config that have no effect; empty if the config is not a recipe's. */
export function inertChoices(file: Plain): readonly InertChoice[] {
  if (!isRecipeName(file.recipe)) return [];
  return formFields(recipeOf(file.recipe).schema).flatMap(({ path, inert, inertWhen }) => {
    if (inertWhen && valueAt(file, inertWhen.path) !== inertWhen.equals) return [];
    const value = valueAt(file, path);
    const why = typeof value === 'string' ? inert?.[value] : undefined;
    return why === undefined ? [] : [{ path, value: value as string, why }];
  });
}
