import { parse } from 'yaml';
import { type Fault, KeelError } from '../../errors.ts';
import { isPlain, type Plain } from '../preset.ts';
import { withValueAt } from '../value-at.ts';
import { type ResolvedPipeline, resolvePipeline } from './resolve-pipeline.ts';
import { type Outcome, type ResolvedRecipe, resolveRecipe } from './resolve-recipe.ts';
import { withoutFaults } from './usable-config.ts';

interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

function parseOverride(text: string): Override | Fault {
  const equals = text.indexOf('=');
  const path = text.slice(0, equals).trim().split('.');
  if (equals < 1 || path.some((part) => !/^[a-z0-9_]+$/.test(part)) || path.includes('__proto__')) {
    return {
      where: text.slice(0, 100),
      why: 'does not have the form field.path=value',
      fix: 'Write, for example, optimizer.learning_rate=1e-5.',
    };
  }
  try {
    return { path, value: parse(text.slice(equals + 1), { maxAliasCount: 0 }) ?? null };
  } catch {
    return { where: path.join('.'), why: 'has a value that is not valid YAML', fix: 'Put the value in quotes.' };
  }
}

/** Applies `a.b=value` texts to a config; the value is parsed as YAML. Returns problems instead of throwing them. */
function applyOverrides(
  raw: Plain,
  overrides: readonly string[],
): { readonly raw: Plain; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  let result: unknown = raw;
  for (const text of overrides) {
    const parsed = parseOverride(text);
    if ('where' in parsed) faults.push(parsed);
    else result = withValueAt(result, parsed.path, parsed.value);
  }
  return { raw: result as Plain, faults };
}

export type ResolvedConfig = ResolvedRecipe | ResolvedPipeline;

const NOT_A_GROUP: Fault = {
  where: 'top level',
  why: 'is not a group of fields',
  fix: 'Write, for example, recipe: apa.',
};

/** The error for a config with these problems. */
export function configInvalid(faults: readonly Fault[]): KeelError {
  const first = faults[0]!;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new KeelError({
    code: 'config_invalid',
    why: `The config's ${first.where} ${first.why}${more}.`,
    fix: first.fix ?? 'See docs/config.md.',
    faults,
  });
}

function resolvePlain(raw: Plain): Outcome<ResolvedConfig> {
  return raw.recipe === 'pipeline' ? resolvePipeline(raw) : resolveRecipe(raw);
}

/** Replacing one faulty value can reveal the next. */
const ROUNDS = 4;

/**
 * The same as {@link resolveConfig}, but reports the problems, and resolves the rest of the config with defaults in
 * their places if that is possible, so that the rest can be checked too.
 */
export function resolveDespiteFaults(raw: unknown, overrides: readonly string[] = []): Outcome<ResolvedConfig> {
  if (!isPlain(raw)) return { resolved: null, faults: [NOT_A_GROUP] };
  const over = applyOverrides(raw, overrides);
  let rest: Plain | null = over.raw;
  let outcome = resolvePlain(over.raw);
  const faults = [...over.faults, ...outcome.faults];
  for (let round = 0; rest && !outcome.resolved && round < ROUNDS; round++) {
    rest = withoutFaults(rest, outcome.faults);
    if (rest) outcome = resolvePlain(rest);
  }
  return { resolved: outcome.resolved, faults };
}

/**
 * Checks the config of a recipe or a pipeline and fills in the values of its preset.
 * @param raw the contents of the YAML or JSON file, in snake_case.
 * @param overrides texts of the form `field.path=value`, applied to it in order.
 * Throws `config_invalid` with every problem at once, before anything is done.
 */
export function resolveConfig(raw: unknown, overrides: readonly string[] = []): ResolvedConfig {
  if (!isPlain(raw)) throw configInvalid([NOT_A_GROUP]);
  const over = applyOverrides(raw, overrides);
  const outcome = resolvePlain(over.raw);
  const faults = [...over.faults, ...outcome.faults];
  if (!outcome.resolved || faults.length > 0) throw configInvalid(faults);
  return outcome.resolved;
}

/** The same for a config that must not be a pipeline's. Throws `config_invalid`. */
export function resolveRecipeConfig(raw: unknown, overrides: readonly string[] = []): ResolvedRecipe {
  const resolved = resolveConfig(raw, overrides);
  if ('stages' in resolved)
    throw configInvalid([{ where: 'recipe', why: 'is "pipeline"', fix: 'Set it to one recipe.' }]);
  return resolved;
}
