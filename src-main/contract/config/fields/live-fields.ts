import { type Fault, KeelError } from '../../errors.ts';
import type { Plain } from '../preset.ts';
import { isRecipeName, recipeOf } from '../recipes.ts';
import { nearestName } from '../resolving/nearest-name.ts';
import { resolveRecipe } from '../resolving/resolve-recipe.ts';
import { valueAt, withValueAt } from '../value-at.ts';
import { type FormField, formFields } from './form-fields.ts';

/** A new value for one field of a run's config, effective from the run's next step. */
export interface LiveChange {
  /** `optimizer.learning_rate` */
  readonly path: string;
  readonly value: number;
}

/** A field that can be changed during a run. */
export interface LiveField extends Pick<FormField, 'path' | 'minimum' | 'maximum'> {
  /** Short label of the control that changes it. */
  readonly label: string;
  /** Why a new value would have no effect with this config; null if it would take effect. */
  readonly unusedBecause: string | null;
}

/**
 * The fields of a resolved config that can be changed during its run, according to their schemas; none for a config
 * that is not a recipe's, such as a pipeline's.
 */
export function liveFields(config: Plain): readonly LiveField[] {
  return typeof config.recipe === 'string' ? liveFieldsOf(config.recipe, (path) => valueAt(config, path)) : [];
}

/** Like {@link liveFields}, with a function that looks up the config's values. */
export function liveFieldsOf(recipe: string, lookup: (path: string) => unknown): readonly LiveField[] {
  if (!isRecipeName(recipe)) return [];
  return formFields(recipeOf(recipe).schema).flatMap(({ path, minimum, maximum, live }) => {
    if (!live) return [];
    const { label, onlyWhen } = live;
    const isUsed = !onlyWhen || lookup(onlyWhen.path) === onlyWhen.equals;
    return [{ path, minimum, maximum, label, unusedBecause: isUsed ? null : (onlyWhen?.otherwise ?? null) }];
  });
}

function unknownFault(config: Plain, path: string): Fault {
  const all = isRecipeName(config.recipe) ? formFields(recipeOf(config.recipe).schema) : [];
  const live = liveFields(config).map((field) => field.path);
  const choices = live.length > 0 ? `You can change: ${live.join(', ')}.` : 'You cannot change any field of this run.';
  if (all.some((field) => field.path === path)) {
    return { where: path, why: 'cannot be changed during a run', fix: `Start a new run instead. ${choices}` };
  }
  const near = nearestName(path, live);
  return { where: path, why: 'is not a field of the config', fix: near ? `Did you mean ${near}?` : choices };
}

/** The problems that the change would add to the config. */
function newFaults(config: Plain, { path, value }: LiveChange): readonly Fault[] {
  const before = resolveRecipe(config).faults.map(({ where, why }) => `${where} ${why}`);
  return resolveRecipe(withValueAt(config, path, value)).faults.filter(
    ({ where, why }) => !before.includes(`${where} ${why}`),
  );
}

/**
 * Returns why a change to a run in progress is not allowed, or null if it is. Reasons: the config has no such field,
 * the field is fixed at the start, the value is outside the schema's range or conflicts with another field, or the
 * method does not use the field.
 * @param config the resolved config, including the changes already in effect.
 */
export function liveChangeFault(config: Plain, change: LiveChange): Fault | null {
  const field = liveFields(config).find(({ path }) => path === change.path);
  if (!field) return unknownFault(config, change.path);
  if (field.unusedBecause) {
    return { where: field.path, why: 'is not used by this run', fix: field.unusedBecause };
  }
  return newFaults(config, change)[0] ?? null;
}

/** Returns the resolved config with the changes applied in order. */
export function withChanges(config: Plain, changes: readonly LiveChange[]): Plain {
  const live = new Set(liveFields(config).map(({ path }) => path));
  return changes
    .filter(({ path }) => live.has(path))
    .reduce((changed, { path, value }) => withValueAt(changed, path, value), config);
}

/** Throws `change_refused` with every problem unless all of the changes can be made to the run's config. */
export function requireLiveChanges(config: Plain, changes: readonly LiveChange[]): void {
  const faults = changes.flatMap((change) => liveChangeFault(config, change) ?? []);
  const [first] = faults;
  if (!first) return;
  throw new KeelError({
    code: 'change_refused',
    why: `${first.where} ${first.why}. Nothing was changed.`,
    fix: first.fix ?? 'See docs/config.md.',
    faults,
  });
}
