import { type Fault, IS_MISSING } from '../../errors.ts';
import { type CamelCased, camelCased } from '../fields/camel-case.ts';
import { CONFIG_VERSION } from '../groups/heading.ts';
import { isPlain, type Plain, PRESET_NAMES, type PresetName, presetValues } from '../preset.ts';
import { isRecipeName, RECIPE_NAMES, type RecipeFile, type RecipeName, recipeOf } from '../recipes.ts';
import { configFaults } from './config-faults.ts';
import { crossFaults } from './cross-checks.ts';
import { type FollowedDefault, followGiven } from './follow-given.ts';
import { withFormerDoctor } from './former-doctor.ts';
import { withFormerDuplicates } from './former-duplicates.ts';
import { withFormerSelection } from './former-selection.ts';
import { type ChangedField, changedFields, mergePreset, unsafeKeys } from './merge-preset.ts';
import { elsewhere } from './methods-elsewhere.ts';
import { nearestName } from './nearest-name.ts';

/** The config that is passed to a recipe; discriminated by `recipe`. */
export type RecipeConfig<Name extends RecipeName = RecipeName> = {
  [Key in Name]: CamelCased<RecipeFile<Key>>;
}[Name];

export interface ResolvedRecipe<Name extends RecipeName = RecipeName> {
  /** camelCase, typed. */
  readonly config: RecipeConfig<Name>;
  /** The config file with every default written out; resolving it again gives the same result. */
  readonly file: Plain;
  /** The fields that differ from the preset. */
  readonly changed: readonly ChangedField[];
  /** Defaults that were adapted to values which the user has set. */
  readonly followed: readonly FollowedDefault[];
}

/** Either a result or the problems that were found. */
export interface Outcome<T> {
  readonly resolved: T | null;
  readonly faults: readonly Fault[];
}

/** Wraps a single file name in a list. */
function withLists(raw: Plain): Plain {
  if (!isPlain(raw.data)) return raw;
  const listed = Object.fromEntries(
    Object.entries(raw.data).map(([key, value]) => [
      key,
      key.endsWith('files') && typeof value === 'string' ? [value] : value,
    ]),
  );
  return { ...raw, data: listed };
}

function recipeFault(raw: Plain): Fault | null {
  if (isRecipeName(raw.recipe)) return null;
  const known = elsewhere(raw.recipe);
  if (known) return { where: 'recipe', ...known };
  const near = nearestName(String(raw.recipe), RECIPE_NAMES);
  const fix = near ? `Did you mean "${near}"?` : `Use ${RECIPE_NAMES.join(', ')}, or pipeline.`;
  return { where: 'recipe', why: raw.recipe === undefined ? IS_MISSING : `is ${JSON.stringify(raw.recipe)}`, fix };
}

function versionFault(raw: Plain): readonly Fault[] {
  if (typeof raw.version !== 'number' || raw.version <= CONFIG_VERSION) return [];
  return [{ where: 'version', why: `is ${raw.version}; Keel reads up to ${CONFIG_VERSION}`, fix: 'Update Keel.' }];
}

/** Resolves the config of one recipe; returns all problems together instead of throwing them. */
export function resolveRecipe(input: Plain): Outcome<ResolvedRecipe> {
  const unsafe = unsafeKeys(input);
  if (unsafe.length > 0) return { resolved: null, faults: unsafe };
  const raw = withFormerSelection(withFormerDuplicates(withFormerDoctor(withLists(input))));
  const unknown = recipeFault(raw);
  if (unknown) return { resolved: null, faults: [unknown] };
  const { schema, presets, checks } = recipeOf(raw.recipe as RecipeName);
  const presetName = raw.preset ?? 'keel';
  const isPreset = PRESET_NAMES.includes(presetName as PresetName);
  const preset = {
    ...presetValues(presets[isPreset ? (presetName as PresetName) : 'keel']),
    preset: presetName,
    version: CONFIG_VERSION,
  };
  const { merged, followed } = followGiven(mergePreset(preset, raw), raw);
  const tooNew = versionFault(raw);
  if (tooNew.length > 0) return { resolved: null, faults: tooNew };
  const parsed = schema.safeParse(merged);
  const shape = parsed.success ? [] : configFaults(parsed.error, schema, merged);
  const faults = [...shape, ...crossFaults(checks, merged, shape)];
  if (!parsed.success || faults.length > 0) return { resolved: null, faults };
  const file = parsed.data as Plain;
  const changed = changedFields(preset, file);
  return { resolved: { config: camelCased(file) as never, file, changed, followed }, faults: [] };
}
