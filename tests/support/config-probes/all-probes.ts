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
    ['reward-model', 'dpo'],
    /^data\.columns\.(text|messages|completion|label)$/,
    'its data are pairs; other kinds are refused',
  ],
  [
    ['apa-offline', 'awr-offline'],
    /^data\.columns\.(text|messages|completion|label)$/,
    'its data are pairs; other kinds are refused',
  ],
  [
    ['apa-offline', 'awr-offline'],
    /^rollouts\.(num_generations|response_mask|pad_token|reencode_responses)$/,
    'the responses are those of the data; other values are refused',
  ],
  [['kto'], /^data\.columns\.(text|messages)$/, 'its data are judged responses or pairs; other kinds are refused'],
  [['apa-offline'], /^scaling\.scale_reward$/, 'refused beside standardized scores; awr-offline has a probe of it'],
  [['awr-offline'], /^method\.standardize_rewards$/, 'refused beside scaled scores; apa-offline has a probe of it'],
  [['a2po'], /^scaling\.(scale_reward|advantages)$/, 'other values are refused'],
  [['a2po'], /^scaling\.warmup_rollouts$/, 'nothing is scaled'],
  [
    ['apa', 'ppo', 'awr', 'a2po'],
    /^data\.columns\.(text|messages|completion|chosen|rejected|label)$/,
    'it reads prompts only',
  ],
  [['ppo'], /^doctor\.actions\.no_anchor$/, 'PPO has no λ'],
  [
    ['a2po'],
    /^doctor\.actions\.(no_anchor|few_weights|whitened_noise)$/,
    'it has no λ, weights nothing, and whitens nothing',
  ],
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
