import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { camelCased } from '#contract/config/fields/camel-case.ts';
import { type FieldNotes, field, fieldNotes } from '#contract/config/fields/field.ts';
import { objectOf } from '#contract/config/fields/list-fields.ts';
import type { RecipeConfig, RewardConfig } from '#contract/config/index.ts';
import {
  listFields,
  modelInitSchema,
  PRESET_NAMES,
  pipelineSchema,
  presetSources,
  presetValues,
  RECIPE_NAMES,
  recipeOf,
  rewardSchema,
  ruleSchema,
} from '#contract/config/index.ts';
import { metricCatalog } from '#contract/metrics/catalog.ts';

/** Fields without a default: nobody but the user knows them. */
const REQUIRED = {
  supervised: ['model', 'data.files'],
  online: ['model', 'data.files', 'reward'],
};
/** Set by the loader, not by a preset. */
const HEADING = ['version', 'recipe', 'preset'];

describe.each(RECIPE_NAMES)('%s', (name) => {
  const { schema, presets, kind } = recipeOf(name);
  const fields = listFields(schema);

  test('every field has a sentence', () => {
    expect(fields.length).toBeGreaterThan(25);
    expect(fields.filter(({ description }) => !/^[A-Z`].*[.]$/.test(description))).toEqual([]);
  });

  test.each(PRESET_NAMES)(
    'the %s preset gives a value with a source for every field but the required ones',
    (preset) => {
      const sources = presetSources(presets[preset]);
      const columns = (path: string) => path.startsWith('data.columns');
      const wanted = fields.map(({ path }) => path).filter((path) => !columns(path) && !HEADING.includes(path));
      expect(wanted.filter((path) => !(path in sources))).toEqual(REQUIRED[kind]);
      expect(Object.entries(sources).filter(([, source]) => source.trim().length < 3)).toEqual([]);
      expect(Object.keys(sources).filter((path) => !wanted.includes(path) && path !== 'data.columns')).toEqual([]);
    },
  );

  test.each(PRESET_NAMES)('the %s preset stands in the range of every field', (preset) => {
    const values = presetValues(presets[preset]);
    const data = { ...(values.data as object), files: ['a'] };
    const raw = { ...values, version: 1, recipe: name, preset, model: 'm', data };
    const reward = { type: 'model', model: 'r' };
    const full = REQUIRED[kind].includes('reward') ? { ...raw, reward } : raw;
    expect(schema.safeParse(full).error?.issues).toBeUndefined();
  });
});

test('pipeline and model_init have a sentence for every field', () => {
  expect(listFields(pipelineSchema).length).toBeGreaterThan(8);
  expect(listFields(modelInitSchema).length).toBeGreaterThan(8);
});

test('a field without notes is found', () => {
  const bare = z.strictObject({ known: field(z.int(), { description: 'Known.' }), bare: z.int() });
  expect(() => listFields(bare)).toThrow('bare has no description');
});

/** Every group of fields below a schema, with its path; a union's options are groups of their own. */
function groupsOf(schema: z.core.$ZodType, at: string): (readonly [string, z.ZodObject])[] {
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return schema.options.flatMap((option, index) => groupsOf(option, `${at}[${index}]`));
  }
  if (schema instanceof z.ZodArray) return groupsOf(schema.element as z.core.$ZodType, `${at}[]`);
  const object = objectOf(schema);
  if (object === null) {
    const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault;
    return wraps ? groupsOf(schema.unwrap(), at) : [];
  }
  const below = Object.entries(object.shape).flatMap(([key, child]) => groupsOf(child, `${at}.${key}`));
  return [[at, object], ...below];
}

const SCHEMAS: readonly (readonly [string, z.core.$ZodType])[] = [
  ...RECIPE_NAMES.map((name) => [name, recipeOf(name).schema] as const),
  ['pipeline', pipelineSchema],
  ['model_init', modelInitSchema],
  ['reward', rewardSchema],
  ['rule', ruleSchema],
];

/** Pairs of fields of one group that share a note, which a registry gives to all fields of one schema object. */
function sharedNotes(note: keyof FieldNotes): string[] {
  return SCHEMAS.flatMap(([name, schema]) => groupsOf(schema, name)).flatMap(([path, { shape }]) => {
    const byText = Map.groupBy(Object.keys(shape), (key) => fieldNotes.get(shape[key] as z.ZodType)?.[note]);
    return [...byText].flatMap(([text, keys]) =>
      text && keys.length > 1 ? [`${path}: ${keys.join(', ')}: ${text}`] : [],
    );
  });
}

test('no two fields of a group have the same text or symbol', () => {
  const groups = SCHEMAS.flatMap(([name, schema]) => groupsOf(schema, name));
  expect(groups.map(([path]) => path)).toEqual(
    expect.arrayContaining(['apa.doctor.actions', 'rule[0]', 'reward[1].rules[][0]']),
  );
  expect([...sharedNotes('description'), ...sharedNotes('symbol')]).toEqual([]);
});

test('fields made of one schema keep their own notes, and take none of the other', () => {
  const shared = z.enum(['a', 'b']);
  const shape = { one: field(shared, { description: 'One.', unit: 'm' }), two: field(shared, { description: 'Two.' }) };
  expect(listFields(z.strictObject(shape))).toEqual([
    { path: 'one', description: 'One.', unit: 'm', type: 'one of "a", "b"' },
    { path: 'two', description: 'Two.', type: 'one of "a", "b"' },
  ]);
});

test('no two metrics of a group say the same', () => {
  const entries = Object.entries(metricCatalog);
  const byText = Map.groupBy(
    entries,
    ([key, { formula, unit }]) => `${key.split('/').slice(0, -1)}: ${formula} [${unit}]`,
  );
  expect([...byText].filter(([, same]) => same.length > 1).map(([text]) => text)).toEqual([]);
});

test('keys change case in types as in values', () => {
  expect(camelCased({ a_b: [{ c_d_e: 1 }], top_k2: null, plain: 'x_y' })).toEqual({
    aB: [{ cDE: 1 }],
    topK2: null,
    plain: 'x_y',
  });
  expectTypeOf<RecipeConfig<'apa'>['method']['apaLambda']>().toEqualTypeOf<number>();
  expectTypeOf<RecipeConfig<'ppo'>['method']['klController']>().toEqualTypeOf<'fixed' | 'adaptive'>();
  expectTypeOf<RecipeConfig<'apa'>['updates']['numPpoEpochs']>().toEqualTypeOf<number>();
  expectTypeOf<RewardConfig['type']>().toEqualTypeOf<'model' | 'rules' | 'sum'>();
});

test('APA, AWR and PPO differ in their own fields only', () => {
  const own = (name: 'apa' | 'awr' | 'ppo') =>
    listFields(recipeOf(name).schema)
      .map(({ path }) => path)
      .filter((path) => path.startsWith('method.'));
  const shared = (name: 'apa' | 'awr' | 'ppo') =>
    listFields(recipeOf(name).schema)
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('method.'));
  expect(shared('awr')).toEqual(shared('apa'));
  expect(shared('ppo')).toEqual(shared('apa'));
  expect(own('apa')).toEqual(['method.apa_lambda', 'method.gamma', 'method.lam', 'method.vf_coef']);
  expect(own('awr').slice(0, 2)).toEqual(['method.awr_lambda', 'method.weight_max']);
});
