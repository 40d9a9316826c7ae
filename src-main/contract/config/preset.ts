/** A value and where it comes from: a paper, a file of a released program, or docs/experiments.md. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

type Leaf = string | number | boolean | null | undefined | readonly unknown[];

/**
 * Values of a preset for a config: a leaf has a source, a group is nested. Fields without an entry must be set by the
 * user.
 */
export type Preset<Config> = {
  readonly [Key in keyof Config]?: [Config[Key]] extends [Leaf]
    ? Sourced<Config[Key]>
    : Preset<NonNullable<Config[Key]>> | Sourced<Config[Key]>;
};

export const PRESET_NAMES = ['keel', 'authors'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];
export type Presets<Config> = Readonly<Record<PresetName, Preset<Config>>>;

export type Plain = { [key: string]: unknown };

/** True for a plain object; false for arrays, null, and everything else. */
export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value with its source; a shorthand that keeps preset tables to one line per entry. */
export function from<T>(source: string, value: T): Sourced<T> {
  return { value, source };
}

/** One source for several values. */
export function allFrom<Values extends Plain>(
  source: string,
  values: Values,
): { readonly [Key in keyof Values]: Sourced<Values[Key]> } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value, source }])) as never;
}

function isSourced(entry: Plain): boolean {
  return 'value' in entry && typeof entry.source === 'string';
}

/** Deep copy of a preset's plain value, so that configs do not share lists and groups with the preset. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]));
}

/** The preset without its sources, shaped as a config. */
export function presetValues(preset: Plain): Plain {
  return Object.fromEntries(
    Object.entries(preset).map(([key, entry]) => {
      if (!isPlain(entry)) throw new TypeError(`preset entry ${key} is neither a value with a source nor a group`);
      return [key, isSourced(entry) ? copied(entry.value) : presetValues(entry)];
    }),
  );
}

/** The source of each value, by field path. */
export function presetSources(preset: Plain, at = ''): Readonly<Record<string, string>> {
  return Object.assign(
    {},
    ...Object.entries(preset).map(([key, entry]) => {
      const path = at ? `${at}.${key}` : key;
      return isSourced(entry as Plain) ? { [path]: (entry as Plain).source } : presetSources(entry as Plain, path);
    }),
  );
}
