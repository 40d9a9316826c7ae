import { isPlain } from '../preset.ts';

type CamelWord<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelWord<Tail>>}`
  : Text;

/** A config file's type with each key in camelCase: `kl_coef` becomes `klCoef`. */
export type CamelCased<T> = T extends readonly (infer Item)[]
  ? readonly CamelCased<Item>[]
  : T extends object
    ? { readonly [Key in keyof T as Key extends string ? CamelWord<Key> : Key]: CamelCased<T[Key]> }
    : T;

/** Converts `kl_coef` to `klCoef`. */
export function camelWord(word: string): string {
  return word.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Groups whose keys are names of layers. */
const VERBATIM: ReadonlySet<string> = new Set(['rank_pattern', 'alpha_pattern']);

/** Renames every key at every depth. This is the only place where the names in files are mapped to those in code. */
export function camelCased<T>(value: T): CamelCased<T> {
  if (Array.isArray(value)) return value.map(camelCased) as never;
  if (!isPlain(value)) return value as never;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [camelWord(key), VERBATIM.has(key) ? item : camelCased(item)]),
  ) as never;
}

/** Returns the value of a config file's field, such as `method.kl_coef`, from the camelCase config. */
export function camelValueAt(config: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isPlain(value) ? value[camelWord(key)] : undefined), config);
}
