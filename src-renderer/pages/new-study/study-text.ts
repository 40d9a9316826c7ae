import { isPlain, type Plain, parseConfigText, presetOf, setInText, valueAt } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { recipeFacts } from '#contract/page-facts.ts';

/** One entry of a study's methods, as far as it is written. */
export interface WrittenMethod {
  readonly recipe: string;
  readonly label: string;
  /** Its place in the config. */
  readonly at: number;
  /** Values to try by field, as typed: separated by commas. */
  readonly grid: readonly { readonly path: string; readonly values: string }[];
}

/** The recipes that a study can compare. */
export const METHOD_FACTS = recipeFacts.filter(({ kind }) => kind === 'online');

/** What a form starts from if there is nothing else: three methods, three seeds. */
export const FRESH_STUDY = `version: 1
recipe: study
name: study
seeds: [1, 2, 3]
base:
  updates: { total_iterations: 40 }
methods:
  - recipe: apa
    grid: { method.apa_lambda: [0.5, 1, 2] }
  - recipe: ppo
    grid: { method.kl_coef: [0.02, 0.05, 0.1] }
reading: { by: reward }
`;

/** The values of a text so far; null if it is neither YAML nor JSON. */
export function rawOf(text: string): Plain | null {
  try {
    const raw = parseConfigText(text, 'The config');
    return isPlain(raw) ? raw : null;
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}

const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** Values as they are typed into one line. */
export function valuesText(values: unknown): string {
  return list(values)
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(', ');
}

/** What was typed, as numbers where it is some. */
export function typedValues(text: string): readonly unknown[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    if (part === 'true' || part === 'false') return part === 'true';
    return Number.isFinite(Number(part)) ? Number(part) : part;
  });
}

/** The methods that a text names. */
export function methodsOf(raw: Plain | null): readonly WrittenMethod[] {
  return list(raw?.methods).flatMap((method, at) => {
    if (!isPlain(method)) return [];
    const grid = isPlain(method.grid) ? Object.entries(method.grid) : [];
    const recipe = String(method.recipe ?? '');
    const rows = grid.map(([path, values]) => ({ path, values: valuesText(values) }));
    return [{ recipe, label: String(method.label ?? recipe), at, grid: rows }];
  });
}

/** How many runs a study will have, as far as it is written. */
export function runsOf(raw: Plain | null): number {
  const seeds = list(raw?.seeds).length;
  const cells = methodsOf(raw).map(({ grid }) => {
    return grid.reduce((product, { values }) => product * typedValues(values).length, 1);
  });
  const shared = isPlain(raw?.prepare) ? Object.keys(raw.prepare).length : 0;
  return shared + seeds * cells.reduce((sum, count) => sum + count, 0);
}

/** Whether a method takes part; adding one gives it values around its preset's, as far as it has a knob. */
export function withMethod(text: string, recipe: string, isIn: boolean): string {
  const methods = list(rawOf(text)?.methods);
  if (!isIn)
    return setInText(
      text,
      ['methods'],
      methods.filter((one) => valueAt(one, 'recipe') !== recipe),
    );
  const knob = METHOD_FACTS.find(({ name }) => name === recipe)?.anchor?.path;
  const grid = knob === undefined ? {} : { grid: { [knob]: knobValues(recipe, knob) } };
  return setInText(text, ['methods'], [...methods, { recipe, ...grid }]);
}

/** What a preset says of a field. */
export function presetValue(recipe: string, path: string): unknown {
  return valueAt(presetOf(recipe, 'keel').values, path);
}

/** Half of the preset's value, the value, and twice the value. */
function knobValues(recipe: string, path: string): readonly number[] {
  const value = Number(presetValue(recipe, path));
  return value > 0 ? [0.5, 1, 2].map((factor) => Number((factor * value).toPrecision(4))) : [value];
}

/** The text with one value changed. */
export const withValue = (text: string, path: readonly (string | number)[], value: unknown): string =>
  setInText(text, path, value);
