import { RECIPE_NAMES, type RecipeName } from '#contract/config/index.ts';
import { dataProbes } from './data-probes.ts';
import { doctorProbes } from './doctor-probes.ts';
import { differenceProbe, goldenProbes } from './golden-probes.ts';
import { type ConfigProbe, fieldsOf } from './probe.ts';
import { programProbes } from './program-probes.ts';

/** Fields that a recipe accepts and has no use for, with the reason. */
export const WITHOUT_USE: readonly (readonly [recipes: readonly RecipeName[], path: RegExp, why: string])[] = [
  [
    ['reward-model'],
    /^data\.columns\.(text|messages|completion|label)$/,
    'its data are pairs; other kinds are refused',
  ],
  [['apa', 'ppo', 'awr'], /^data\.columns\.(text|messages|completion|chosen|rejected|label)$/, 'it reads prompts only'],
  [['sft', 'reward-model'], /^engine\.frozen_dtype$/, 'they keep no frozen model'],
  [['ppo'], /^doctor\.actions\.no_anchor$/, 'PPO has no λ'],
];

/** A golden case of a recipe, with what makes sampling and evaluation depend on their seeds. */
const SAMPLED: Readonly<Partial<Record<RecipeName, string>>> = {
  apa: 'apa-frozen',
  ppo: 'ppo-fixed',
  awr: 'awr-capped',
};

function evaluationProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const name = SAMPLED[recipe];
  if (name === undefined) return [];
  const sampled = { 'evaluation.do_sample': true, 'generation.top_k': 0, 'generation.temperature': 1 };
  return [
    differenceProbe(recipe, 'evaluation.do_sample', name, sampled),
    differenceProbe(recipe, 'evaluation.seed', name, { ...sampled, 'evaluation.seed': 11 }),
  ];
}

/** Every probe of a recipe's fields. */
export function probesOf(recipe: RecipeName): readonly ConfigProbe[] {
  return [
    ...goldenProbes(recipe),
    ...dataProbes(recipe),
    ...doctorProbes(recipe),
    ...programProbes(recipe),
    ...evaluationProbes(recipe),
  ];
}

/** Fields that no probe looks at, as `recipe path`. */
export function unprobed(): readonly string[] {
  return RECIPE_NAMES.flatMap((recipe) => {
    const probed = new Set(probesOf(recipe).map(({ path }) => path));
    const isUseless = (path: string) =>
      WITHOUT_USE.some(([recipes, pattern]) => recipes.includes(recipe) && pattern.test(path));
    return fieldsOf(recipe).flatMap(({ path }) => (probed.has(path) || isUseless(path) ? [] : [`${recipe} ${path}`]));
  });
}
