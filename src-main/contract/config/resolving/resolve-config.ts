import { type Fault, KeelError } from '../../errors.ts';
import { isPlain } from '../preset.ts';
import { applyOverrides } from './overrides.ts';
import { type ResolvedPipeline, resolvePipeline } from './resolve-pipeline.ts';
import { type Outcome, type ResolvedRecipe, resolveRecipe } from './resolve-recipe.ts';

export type ResolvedConfig = ResolvedRecipe | ResolvedPipeline;

function invalid(faults: readonly Fault[]): KeelError {
  const first = faults[0]!;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new KeelError({
    code: 'config_invalid',
    why: `The config's ${first.where} ${first.why}${more}.`,
    fix: first.fix ?? 'See docs/config.md.',
    faults,
  });
}

/**
 * Checks a config, a recipe's or a pipeline's, and fills it up from its preset.
 * @param raw what the YAML or JSON file holds, snake_case.
 * @param overrides texts `field.path=value`, applied over it in their order.
 * Throws `config_invalid` with every fault at once, before anything is done.
 */
export function resolveConfig(raw: unknown, overrides: readonly string[] = []): ResolvedConfig {
  if (!isPlain(raw))
    throw invalid([{ where: 'top level', why: 'is not a group of fields', fix: 'Write recipe: apa.' }]);
  const over = applyOverrides(raw, overrides);
  const outcome: Outcome<ResolvedConfig> =
    over.raw.recipe === 'pipeline' ? resolvePipeline(over.raw) : resolveRecipe(over.raw);
  const faults = [...over.faults, ...outcome.faults];
  if (!outcome.resolved || faults.length > 0) throw invalid(faults);
  return outcome.resolved;
}

/** The same for a config that must not be a pipeline. Throws `config_invalid`. */
export function resolveRecipeConfig(raw: unknown, overrides: readonly string[] = []): ResolvedRecipe {
  const resolved = resolveConfig(raw, overrides);
  if ('stages' in resolved) throw invalid([{ where: 'recipe', why: 'is "pipeline"', fix: 'Name one recipe.' }]);
  return resolved;
}
