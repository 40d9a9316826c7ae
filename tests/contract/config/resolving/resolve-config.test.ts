import { describe, expect, test } from 'vitest';
import { parseConfigText, RECIPE_NAMES, recipeOf, resolveConfig, resolveRecipeConfig } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';

const reward = { type: 'model', model: 'run:20261123-131924-rm/reward_model' };
const apa = { version: 1, recipe: 'apa', model: 'm', data: { files: 'a.jsonl' }, reward };

function faultsOf(raw: unknown, overrides: readonly string[] = []): Readonly<Record<string, string>> {
  try {
    resolveConfig(raw, overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(KeelError);
    const { code, faults } = error as KeelError;
    expect(code).toBe('config_invalid');
    return Object.fromEntries(faults!.map(({ where, why, fix }) => [where, fix ? `${why} | ${fix}` : why]));
  }
  return expect.unreachable('it was accepted');
}

test.each(RECIPE_NAMES)('%s needs only what nobody else knows, and resolves to itself again', (recipe) => {
  const raw = { version: 1, recipe, model: 'm', data: { files: ['a.jsonl'] } };
  const full = recipeOf(recipe).kind === 'supervised' ? raw : { ...raw, reward };
  const resolved = resolveRecipeConfig(full);
  expect(resolved.changed).toEqual([]);
  expect(resolveConfig(resolved.file)).toEqual(resolved);
  expect(resolveConfig(JSON.parse(JSON.stringify(resolved.file)))).toEqual(resolved);
});

test('presets stand under the values of the file, and overrides above it', () => {
  const resolved = resolveRecipeConfig(
    { ...apa, preset: 'authors', method: { apa_lambda: 0.5 }, optimizer: { learning_rate: 1e-5 } },
    ['optimizer.learning_rate=2e-5', 'seed=0', 'generation.stop_strings=["a", "b"]', 'judge=null', 'name=x-y'],
  );
  const { config, changed } = resolved;
  if (config.recipe !== 'apa') return expect.unreachable();
  expect(config.method.apaLambda).toBe(0.5);
  expect(config.optimizer).toMatchObject({ learningRate: 2e-5, beta2: 0.95 });
  expect(config.scaling.advantages).toBe('whiten_padded');
  expect(config.generation.stopStrings).toEqual(['a', 'b']);
  expect(config.data.files).toEqual(['a.jsonl']);
  expect(changed).toEqual([
    { path: 'generation.stop_strings', preset: ['Human:', 'human:', 'Assistant:', 'assistant:'], value: ['a', 'b'] },
    { path: 'optimizer.learning_rate', preset: 1e-6, value: 2e-5 },
    { path: 'name', preset: 'apa', value: 'x-y' },
    { path: 'method.apa_lambda', preset: 0.1, value: 0.5 },
  ]);
});

describe('faults', () => {
  test('all of them together, each with its path and remedy', () => {
    const faults = faultsOf({
      ...apa,
      modle: 'x',
      temperature: 1,
      method: { apa_lambda: '0.1', lam: -1 },
      optimizer: { learning_rate: 1e9, beta1: Number.NaN, min_learnin_rate: 0 },
      updates: { minibatch_size: 0 },
      scaling: { advantages: 'whitened' },
    });
    expect(faults).toEqual({
      modle: 'is not a known field | Did you mean "model"?',
      temperature: 'is not a known field | It belongs to generation.temperature.',
      'method.apa_lambda': 'is the text "0.1", not a number | Remove the quotes.',
      'method.lam': 'is -1, below the minimum of 0 | Use 0 or more.',
      'optimizer.learning_rate': 'is 1000000000, above the maximum of 1 | Use 1 or less.',
      'optimizer.beta1': 'is NaN, not a number | Use a number.',
      'optimizer.min_learnin_rate': 'is not a known field | Did you mean "min_learning_rate"?',
      'updates.minibatch_size': 'is 0, below the minimum of 1 | Use 1 or more.',
      'scaling.advantages':
        'is "whitened" | Use "none" or "running" or "frozen" or "whiten_padded" or "whiten_masked".',
    });
  });

  test('what is missing', () => {
    expect(faultsOf({ recipe: 'apa' })).toEqual({
      model: 'is missing | Set a value.',
      'data.files': 'is missing | Set a value.',
      reward: 'is missing | Set a value.',
    });
  });

  test.each([
    ['a recipe misspelled', { recipe: 'aap' }, 'recipe', 'Did you mean "apa"?'],
    ['a method of other libraries', { recipe: 'orpo' }, 'recipe', 'rloo, a2po, or online-dpo; a pipeline'],
    [
      'one with another spelling',
      { recipe: 'REINFORCE++' },
      'recipe',
      'a method that Keel does not have; it learns from rew',
    ],
    [
      'a variant of a recipe',
      { recipe: 'Dr-GRPO' },
      'recipe',
      'is "Dr-GRPO" | Use grpo with method.loss_type: dr_grpo.',
    ],
    ['one from single answers', { recipe: 'bco' }, 'recipe', 'learns from preference data without a reward model'],
    ['a variant of a recipe', { recipe: 'ipo' }, 'recipe', 'is "ipo" | Use dpo with method.loss_type: ipo.'],
    [
      'a share of swapped labels that the loss ignores',
      { recipe: 'dpo', method: { loss_type: 'hinge', label_smoothing: 0.1 } },
      'method.label_smoothing',
      'is 0.1, which hinge does not use | Use 0, or set method.loss_type to sigmoid or robust.',
    ],
    ['another name of a recipe', { recipe: 'reward' }, 'recipe', 'is "reward" | Use reward-model.'],
    [
      'such a stage',
      { recipe: 'pipeline', name: 'x', stages: { orpo: {} } },
      'stages.orpo',
      'a method that Keel does not',
    ],
    ['no recipe', {}, 'recipe', 'is missing'],
    ['a preset that is not there', { ...apa, preset: 'paper' }, 'preset', 'Use "keel" or "authors".'],
    ['a later version', { ...apa, version: 2 }, 'version', 'Update Keel.'],
    ['an older version', { ...apa, version: 0 }, 'version', 'Use 1.'],
    ['a group that is a number', { ...apa, method: 3 }, 'method', 'is 3, not'],
    ['a fraction of a row', { ...apa, rollouts: { num_rollouts: 64.5 } }, 'rollouts.num_rollouts', 'whole number'],
    ['infinity', { ...apa, method: { vf_coef: Number.POSITIVE_INFINITY } }, 'method.vf_coef', 'Infinity'],
    ['a huge number', { ...apa, updates: { total_iterations: 1e300 } }, 'updates.total_iterations', ''],
    ['an unknown reward', { ...apa, reward: { type: 'modle' } }, 'reward.type', 'not a known type'],
    [
      'a bad part of a reward',
      { ...apa, reward: { type: 'rules', rules: [{ type: 'length' }] } },
      'reward.rules[0].unit',
      '',
    ],
    ['empty files', { ...apa, data: { files: [] } }, 'data.files', ''],
    ['NUL in a path', { ...apa, model: 'a\0b' }, 'model', 'NUL'],
    [
      'an indivisible minibatch',
      { ...apa, updates: { minibatch_size: 24 } },
      'updates.minibatch_size',
      'does not divide',
    ],
    ['an indivisible chunk', { ...apa, rollouts: { chunk_size: 24 } }, 'rollouts.chunk_size', 'does not divide'],
    [
      'an indivisible micro-batch',
      { ...apa, engine: { micro_batch_size: 5 } },
      'engine.micro_batch_size',
      'does not divide',
    ],
    [
      'no room for a prompt',
      { ...apa, data: { files: 'a', max_length: 53 }, generation: { max_new_tokens: 53 } },
      'generation.max_new_tokens',
      'no room',
    ],
    [
      'a critic from rules',
      {
        ...apa,
        critic: { init: 'reward_model' },
        reward: { type: 'rules', rules: [{ type: 'length', unit: 'words', max: 9 }] },
      },
      'critic.init',
      'not a single reward model',
    ],
    [
      'a floor above the rate',
      { ...apa, optimizer: { schedule: 'cosine', min_learning_rate: 1 } },
      'optimizer.min_learning_rate',
      'above',
    ],
    ['more samples than prompts', { ...apa, evaluation: { num_samples: 129 } }, 'evaluation.num_samples', 'above'],
  ])('%s', (_, raw, where, words) => {
    expect(faultsOf(raw)[where]).toContain(words);
  });

  test.each([[null], [[]], ['apa'], [3]])('%j is no config', (raw) => {
    expect(Object.keys(faultsOf(raw))).toEqual(['top level']);
  });

  test('names that reach for a prototype', () => {
    const raw = JSON.parse('{"recipe":"apa","__proto__":{"polluted":1},"data":{"constructor":{}}}');
    expect(Object.keys(faultsOf(raw))).toEqual(['__proto__', 'data.constructor']);
    expect(faultsOf(apa, ['__proto__.polluted=1'])).toHaveProperty('__proto__.polluted=1');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('nesting without end', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
    expect(Object.values(faultsOf({ ...apa, method: deep }))[0]).toContain('nested deeper');
  });

  test('overrides that are none', () => {
    expect(faultsOf(apa, ['seed', '=3', 'method.apa_lambda=[', 'sead=3'])).toEqual({
      seed: expect.stringContaining('does not have the form'),
      '=3': expect.stringContaining('does not have the form'),
      'method.apa_lambda': expect.stringContaining('not valid YAML'),
      sead: expect.stringContaining('Did you mean "seed"?'),
    });
  });
});

test('the values that were given are not changed', () => {
  const raw = Object.freeze({ ...apa, data: Object.freeze({ files: 'a' }) });
  resolveConfig(raw, ['data.max_length=99']);
  expect(raw.data).toEqual({ files: 'a' });
});

test('text of a config: YAML, JSON, and where it breaks', () => {
  expect(parseConfigText('\uFEFFrecipe: apa\nseed: 0\n', 'a.yaml')).toEqual({ recipe: 'apa', seed: 0 });
  expect(parseConfigText('{"recipe": "apa"}', 'a.json')).toEqual({ recipe: 'apa' });
  for (const [text, where] of [
    ['recipe: apa\nrecipe: ppo\n', 'line 2'],
    ['a: [1,\nb: {', 'line'],
    ['x'.repeat(2_000_000), 'at most'],
  ] as const) {
    expect(() => parseConfigText(text, 'a.yaml')).toThrow(where);
  }
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (key, i: number) => {
    const before = 'abcdefg'[i]!;
    return `${key}: &${key} [${Array(9).fill(`*${before}`).join(',')}]\n`;
  })}`;
  expect(() => parseConfigText(bomb, 'bomb.yaml')).toThrow(KeelError);
});
