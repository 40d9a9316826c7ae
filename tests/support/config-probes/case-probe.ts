import { type RecipeName, withValueAt } from '#contract/config/index.ts';
import { goldenCases } from '../golden-run.ts';
import type { ConfigProbe, Plain } from './probe.ts';

function caseOf(recipe: RecipeName): Plain {
  return Object.values(goldenCases()).find((one) => one.recipe === recipe) as Plain;
}

/** A probe of a recipe's first golden case with a value at a path, and further values beside it. */
export function caseProbe(
  recipe: RecipeName,
  path: string,
  value: unknown,
  wrong: ConfigProbe['observe'],
  over: Plain = {},
) {
  const config = Object.entries({ ...over, [path]: value }).reduce(
    (all, [at, one]) => withValueAt(all, at, one),
    caseOf(recipe),
  );
  return { recipe, path, config, observe: wrong };
}
