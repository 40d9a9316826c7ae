import type { RecipeName } from '#contract/config/index.ts';
import { goldenCases } from '../golden-run.ts';
import { type ConfigProbe, type Plain, withValues } from './probe.ts';

/** A recipe's first golden case. */
export function caseOf(recipe: RecipeName): Plain {
  return Object.values(goldenCases()).find((one) => one.recipe === recipe) as Plain;
}

/** A probe of that case with a value at a path, and further values beside it. */
export function caseProbe(
  recipe: RecipeName,
  path: string,
  value: unknown,
  wrong: ConfigProbe['observe'],
  over: Plain = {},
) {
  const config = withValues(caseOf(recipe), { ...over, [path]: value });
  return { recipe, path, config, observe: wrong };
}
