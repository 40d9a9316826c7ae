import { expect, test } from 'vitest';
import { formFields, listFields, RECIPE_NAMES, recipeOf, ruleFields } from '#contract/config/index.ts';

test.each(RECIPE_NAMES)('%s: the form has every field that the docs list, but for what is fixed', (name) => {
  const { schema } = recipeOf(name);
  const listed = listFields(schema).map(({ path }) => path);
  const shown = formFields(schema);
  expect(shown.map(({ path }) => path)).toEqual(listed.filter((path) => path !== 'version' && path !== 'recipe'));
  for (const { path, kind, choices, description } of shown) {
    expect([path, description.length > 0, kind === 'choice' ? choices.length > 1 : true]).toEqual([path, true, true]);
  }
});

test('a field knows its kind, range, unit and symbol', () => {
  const fields = new Map(formFields(recipeOf('apa').schema).map((field) => [field.path, field]));
  expect(fields.get('method.apa_lambda')).toMatchObject({
    kind: 'number',
    minimum: 1e-6,
    maximum: 1e6,
    symbol: 'λ',
    isNullable: false,
  });
  expect(fields.get('engine.micro_batch_size')).toMatchObject({
    kind: 'whole',
    minimum: 1,
    maximum: 65_536,
    isNullable: true,
  });
  expect(fields.get('data.files')).toMatchObject({ kind: 'texts', isNullable: false });
  expect(fields.get('data.columns.prompt')).toMatchObject({ kind: 'text' });
  expect(fields.get('generation.do_sample')).toMatchObject({ kind: 'switch' });
  expect(fields.get('optimizer.schedule')).toMatchObject({ kind: 'choice', choices: ['constant', 'linear', 'cosine'] });
  expect(fields.get('reward')).toMatchObject({ kind: 'reward', isNullable: false });
  expect(fields.get('judge')).toMatchObject({ kind: 'reward', isNullable: true });
});

test('every kind of rule has its fields', () => {
  expect([...ruleFields().keys()]).toEqual([
    ...['length', 'regex', 'contains', 'expression', 'from_prompt'],
    ...['exact_answer', 'json_schema'],
  ]);
  expect(
    ruleFields()
      .get('contains')!
      .find(({ path }) => path === 'mode'),
  ).toMatchObject({ choices: ['any', 'all', 'share'] });
});

test('a choice without effect is marked, whichever recipe has it', () => {
  for (const name of RECIPE_NAMES) {
    const marked = formFields(recipeOf(name).schema).filter(({ inert }) => inert);
    // Only an online method keeps frozen models; any other keeps frozen weights with an adapter alone.
    const frozen =
      'rollouts' in recipeOf(name).schema.shape
        ? []
        : [['engine.frozen_dtype', ['float16', 'bfloat16', 'int8', 'nf4']]];
    expect(marked.map(({ path, inert }) => [path, Object.keys(inert ?? {})])).toEqual(frozen);
    for (const { choices, inert } of marked) expect(choices).toEqual(expect.arrayContaining(Object.keys(inert ?? {})));
  }
});
