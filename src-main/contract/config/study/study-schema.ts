import { z } from 'zod';
import { field, whole } from '../fields/field.ts';
import { CONFIG_VERSION } from '../groups/heading.ts';
import { recipeList } from '../recipes.ts';

/** Names of the recipes that a study can compare: those whose evaluations measure a reward and the distance from the start. */
const METHOD_NAMES = recipeList.filter(({ kind }) => kind === 'online').map(({ name }) => name) as [
  string,
  ...string[],
];

/** Names are part of references, `stage:<name>/<artifact>`, and of the ids of runs. */
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

const part = (description: string) => field(z.record(z.string(), z.unknown()).default({}), { description });

/** One entry of `methods`. */
export const studyMethodSchema = z.strictObject({
  recipe: field(z.enum(METHOD_NAMES), { description: 'The method.' }),
  label: field(z.string().regex(NAME, 'is not a short name in lower case').optional(), {
    description: 'Name of this entry, if a recipe occurs more than once; otherwise its recipe.',
  }),
  config: part('Values of this method that differ from `base`, as in a config of its recipe.'),
  grid: field(z.record(z.string(), z.array(z.unknown()).min(1).max(32)).default({}), {
    description:
      'Values to try by field, such as `method.apa_lambda: [0.25, 0.5, 1]`; every combination is run with every seed.',
  }),
});
export type StudyMethod = z.infer<typeof studyMethodSchema>;

/** Methods, seeds, and values of their fields on the same data, reward, prompts, and budget. */
export const studySchema = z.strictObject({
  version: field(z.literal(CONFIG_VERSION).default(CONFIG_VERSION), { description: 'Version of the config format.' }),
  recipe: field(z.literal('study'), { description: 'Marks the config as a study.' }),
  name: field(z.string().min(1).max(60).default('study'), { description: 'Name of the study.' }),
  notes: field(z.string().max(10_000).default(''), { description: 'What the study should find out.' }),
  seeds: field(z.array(whole(0, 2_147_483_647)).min(1).max(64), {
    description: 'Every method and value runs once per seed. Two are the minimum for intervals between methods.',
  }),
  prepare: field(z.record(z.string().regex(NAME, 'is not a short name in lower case'), z.unknown()).default({}), {
    description:
      'Runs that all others share, by name, such as a reward model or a judge: configs of their recipes, which run ' +
      'once and in this order. Others refer to their models by `stage:<name>/<artifact>`.',
  }),
  base: part('What all methods have in common: model, data, reward, judge, generation, and number of iterations.'),
  methods: field(z.array(studyMethodSchema).min(1).max(16), { description: 'The methods to compare.' }),
  reading: field(
    z
      .strictObject({
        by: field(z.enum(['reward', 'judge']).default('judge'), {
          description: 'Which held-out score decides. A judge has no part in the training, so it cannot be exploited.',
        }),
        kl: field(z.number().positive().nullable().default(null), {
          description:
            'KL to the starting policy at which methods are compared; null for half of what every configuration reached.',
          unit: 'nats per response',
        }),
      })
      .default({ by: 'judge', kl: null }),
    { description: 'How the report compares methods.' },
  ),
});
export type StudyFile = z.infer<typeof studySchema>;
