import { RECIPE_NAMES, type RecipeName } from '#contract/config/index.ts';
import { casesOf } from '../golden-run.ts';
import { dataProbes } from './data-probes.ts';
import { differenceProbes, seenByDifference } from './difference-probes.ts';
import { doctorProbes } from './doctor-probes.ts';
import { goldenProbes } from './golden-probes.ts';
import { hostProbes } from './host-probes.ts';
import { type ConfigProbe, fieldsOf } from './probe.ts';
import { runProbes } from './run-probes.ts';

/** Fields that a recipe accepts and has no use for, with the reason. */
export const WITHOUT_USE: readonly (readonly [recipes: readonly RecipeName[], path: RegExp, why: string])[] = [
  [
    ['reward-model'],
    /^data\.columns\.(text|messages|completion|label)$/,
    'its data are pairs; other kinds are refused',
  ],
  [['apa', 'ppo', 'awr'], /^data\.columns\.(text|messages|completion|chosen|rejected|label)$/, 'it reads prompts only'],
  [['ppo'], /^doctor\.actions\.no_anchor$/, 'PPO has no λ'],
];

/** Every probe of a recipe's fields. */
export function probesOf(recipe: RecipeName): readonly ConfigProbe[] {
  return [
    ...goldenProbes(recipe).filter(({ path }) => !seenByDifference(recipe, path)),
    ...dataProbes(recipe),
    ...doctorProbes(recipe),
    ...hostProbes(recipe),
    ...runProbes(recipe),
    ...differenceProbes(recipe),
  ];
}

/** Recipes whose fields have probes: those with a golden run. */
export const PROBED_RECIPES: readonly RecipeName[] = RECIPE_NAMES.filter((name) => casesOf(name).length > 0);

/** Fields that no probe looks at, as `recipe path`. */
export function unprobed(): readonly string[] {
  return PROBED_RECIPES.flatMap((recipe) => {
    const probed = new Set(probesOf(recipe).map(({ path }) => path));
    const isUseless = (path: string) =>
      WITHOUT_USE.some(([recipes, pattern]) => recipes.includes(recipe) && pattern.test(path));
    return fieldsOf(recipe).flatMap(({ path }) => (probed.has(path) || isUseless(path) ? [] : [`${recipe} ${path}`]));
  });
}
