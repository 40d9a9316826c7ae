import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { camelCased } from '#contract/config/camel-case.ts';
import { field } from '#contract/config/field.ts';
import type { PpoConfig, RewardConfig } from '#contract/config/index.ts';
import {
  type ApaConfig,
  listFields,
  modelInitSchema,
  PRESET_NAMES,
  pipelineSchema,
  presetSources,
  presetValues,
  RECIPE_NAMES,
  recipeSchema,
} from '#contract/config/index.ts';

/** Fields without a default: nobody but the user knows them. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  sft: ['model', 'data.files'],
  'reward-model': ['model', 'data.files'],
  apa: ['model', 'data.files', 'reward'],
  ppo: ['model', 'data.files', 'reward'],
  awr: ['model', 'data.files', 'reward'],
};
/** Set by the loader, not by a preset. */
const HEADING = ['version', 'recipe', 'preset'];

describe.each(RECIPE_NAMES)('%s', (name) => {
  const { schema, presets } = recipeSchema(name);
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
      expect(wanted.filter((path) => !(path in sources))).toEqual(REQUIRED[name]);
      expect(Object.entries(sources).filter(([, source]) => source.trim().length < 3)).toEqual([]);
      expect(Object.keys(sources).filter((path) => !wanted.includes(path) && path !== 'data.columns')).toEqual([]);
    },
  );

  test.each(PRESET_NAMES)('the %s preset stands in the range of every field', (preset) => {
    const values = presetValues(presets[preset]);
    const data = { ...(values.data as object), files: ['a'] };
    const raw = { ...values, version: 1, recipe: name, preset, model: 'm', data };
    const reward = { type: 'model', model: 'r' };
    const full = REQUIRED[name]?.includes('reward') ? { ...raw, reward } : raw;
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

test('keys change case in types as in values', () => {
  expect(camelCased({ a_b: [{ c_d_e: 1 }], top_k2: null, plain: 'x_y' })).toEqual({
    aB: [{ cDE: 1 }],
    topK2: null,
    plain: 'x_y',
  });
  expectTypeOf<ApaConfig['method']['apaLambda']>().toEqualTypeOf<number>();
  expectTypeOf<PpoConfig['method']['klController']>().toEqualTypeOf<'fixed' | 'adaptive'>();
  expectTypeOf<ApaConfig['updates']['numPpoEpochs']>().toEqualTypeOf<number>();
  expectTypeOf<RewardConfig['type']>().toEqualTypeOf<'model' | 'rules' | 'sum'>();
});

test('APA, AWR and PPO differ in their own fields only', () => {
  const own = (name: 'apa' | 'awr' | 'ppo') =>
    listFields(recipeSchema(name).schema)
      .map(({ path }) => path)
      .filter((path) => path.startsWith('method.'));
  const shared = (name: 'apa' | 'awr' | 'ppo') =>
    listFields(recipeSchema(name).schema)
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('method.'));
  expect(shared('awr')).toEqual(shared('apa'));
  expect(shared('ppo')).toEqual(shared('apa'));
  expect(own('apa')).toEqual(['method.apa_lambda', 'method.gamma', 'method.lam', 'method.vf_coef']);
  expect(own('awr').slice(0, 2)).toEqual(['method.awr_lambda', 'method.weight_max']);
});
