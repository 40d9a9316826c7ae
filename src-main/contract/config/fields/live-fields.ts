import { type Fault, KeelError } from '../../errors.ts';
import { isPlain, type Plain } from '../preset.ts';
import { isRecipeName, recipeOf } from '../recipes.ts';
import { nearestName } from '../resolving/nearest-name.ts';
import { resolveRecipe } from '../resolving/resolve-recipe.ts';
import { valueAt } from '../value-at.ts';
import { type FormField, formFields } from './form-fields.ts';

/** A new value for one field of a run's config, in force from its next step. */
export interface LiveChange {
  /** `optimizer.learning_rate` */
  readonly path: string;
  readonly value: number;
}

/** A field that may change while a run goes on. */
export interface LiveField extends Pick<FormField, 'path' | 'minimum' | 'maximum'> {
  /** Short name beside the control that changes it. */
  readonly label: string;
  /** Why a new value would have no effect under this config; null where it would have one. */
  readonly unusedBecause: string | null;
}

function withValue(config: Plain, path: string, value: number): Plain {
  const [key = '', ...rest] = path.split('.');
  const inner = config[key];
  return { ...config, [key]: rest.length > 0 ? withValue(isPlain(inner) ? inner : {}, rest.join('.'), value) : value };
}

/**
 * The fields of a resolved config that may change while its run goes on, by what their schemas say; none for a config
 * that is not a recipe's, such as a pipeline's.
 */
export function liveFields(config: Plain): readonly LiveField[] {
  return typeof config.recipe === 'string' ? liveFieldsOf(config.recipe, (path) => valueAt(config, path)) : [];
}

/** The same by a lookup of the config's values. */
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
  const choices = live.length > 0 ? `These can change: ${live.join(', ')}.` : 'Nothing in this config can change.';
  if (all.some((field) => field.path === path)) {
    return { where: path, why: 'cannot change while a run goes on', fix: `Start a new run with it. ${choices}` };
  }
  const near = nearestName(path, live);
  return { where: path, why: 'is not a field of the config', fix: near ? `Did you mean ${near}?` : choices };
}

/** Faults that the config would have with the change and does not have without it. */
function newFaults(config: Plain, { path, value }: LiveChange): readonly Fault[] {
  const before = resolveRecipe(config).faults.map(({ where, why }) => `${where} ${why}`);
  return resolveRecipe(withValue(config, path, value)).faults.filter(
    ({ where, why }) => !before.includes(`${where} ${why}`),
  );
}

/**
 * What forbids a change of a run that goes on, or null: a field that the config does not have, one that is fixed at the
 * start, a value outside the schema's range or against another field, and a field that the method does not read.
 * @param config as resolved, with the changes in force written into it.
 */
export function liveChangeFault(config: Plain, change: LiveChange): Fault | null {
  const field = liveFields(config).find(({ path }) => path === change.path);
  if (!field) return unknownFault(config, change.path);
  if (field.unusedBecause) {
    return { where: field.path, why: 'is not used by this run', fix: field.unusedBecause };
  }
  return newFaults(config, change)[0] ?? null;
}

/** A config as resolved with changes written into it, in their order. */
export function withChanges(config: Plain, changes: readonly LiveChange[]): Plain {
  const live = new Set(liveFields(config).map(({ path }) => path));
  return changes
    .filter(({ path }) => live.has(path))
    .reduce((changed, { path, value }) => withValue(changed, path, value), config);
}

/** Throws `change_refused` with every fault unless each of the changes may be made to the run's config. */
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
