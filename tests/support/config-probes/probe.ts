import { isDeepStrictEqual } from 'node:util';
import {
  type FormField,
  findRecipe,
  formFields,
  presetOf,
  type RecipeName,
  resolveRecipeConfig,
  valueAt,
} from '#contract/config/index.ts';
import { withValueAt } from '#contract/config/value-at.ts';

export type Plain = Readonly<Record<string, unknown>>;

/** An observation that a field of a config reaches what it is for. */
export interface ConfigProbe {
  readonly recipe: RecipeName;
  /** `optimizer.learning_rate` */
  readonly path: string;
  /** A config in which the field has another value than its default where possible. */
  readonly config: Plain;
  /** What is wrong when a config is used as given; empty as long as the field is wired. */
  readonly observe: (config: Plain) => Promise<readonly string[]> | readonly string[];
  /** Values to try when the default cannot stand in, in place of those of the field's kind. */
  readonly others?: readonly unknown[];
}

/** The config with other values at some paths. */
export function withValues(config: Plain, over: Plain): Plain {
  return Object.entries(over).reduce((all, [path, value]) => withValueAt(all, path, value), config);
}

/** Whether a recipe learns from preference pairs only. */
export const readsPairs = (recipe: RecipeName): boolean => findRecipe(recipe)!.data === 'comparisons';

/** Whether a recipe learns from a fixed dataset alone. */
export const isSupervised = (recipe: RecipeName): boolean => findRecipe(recipe)!.kind === 'supervised';

/** Every field of a recipe. */
export function fieldsOf(recipe: RecipeName): readonly FormField[] {
  return formFields(findRecipe(recipe)!.schema);
}

/** The field's default in the preset `keel`; undefined where there is none. */
export function defaultAt(recipe: RecipeName, path: string): unknown {
  return valueAt(presetOf(recipe, 'keel').values, path);
}

function otherValues({ kind, choices, isNullable }: FormField, value: unknown): readonly unknown[] {
  const none = isNullable ? [null] : [];
  if (kind === 'switch') return [!value];
  if (kind === 'choice') return choices.filter((choice) => choice !== value);
  if (kind === 'number' && typeof value === 'number') return [value / 2, value + 1, ...none];
  if (kind === 'whole' && typeof value === 'number') return [value + 1, value * 2, value - 1, value / 2, ...none];
  if (value === null) return kind === 'whole' ? [1, 2, 8] : [0.5];
  return none;
}

/**
 * The probe's config as the program would see it if nothing read the field: with the default in its place, or with
 * another value where the config has the default itself. Null when no value can stand in.
 */
export function cutConfig({ recipe, path, config, others }: ConfigProbe): Plain | null {
  const field = fieldsOf(recipe).find((one) => one.path === path);
  if (!field) throw new Error(`${recipe} has no field ${path}`);
  const given = valueAt(config, path);
  const usual = defaultAt(recipe, path);
  const value = given === undefined ? usual : given;
  const isOther = (one: unknown) => !isDeepStrictEqual(one, value);
  const candidates = [
    ...(isOther(usual) ? [withValueAt(config, path, undefined)] : []),
    ...(others ?? otherValues(field, value)).filter(isOther).map((one) => withValueAt(config, path, one)),
  ];
  return candidates.find(isAccepted) ?? null;
}

function isAccepted(config: Plain): boolean {
  try {
    resolveRecipeConfig(config);
    return true;
  } catch {
    return false;
  }
}
