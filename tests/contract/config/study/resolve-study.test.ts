import { expect, test } from 'vitest';
import { resolveStudy } from '#contract/config/index.ts';
import type { KeelError } from '#contract/errors.ts';

const STUDY = {
  recipe: 'study',
  name: 'knobs',
  seeds: [1, 2],
  prepare: { reward: { recipe: 'reward-model', model: 'policy', data: { files: 'pairs.jsonl' } } },
  base: {
    model: 'policy',
    data: { files: 'prompts.jsonl' },
    reward: { type: 'model', model: 'stage:reward/reward_model' },
    updates: { total_iterations: 7 },
  },
  methods: [
    { recipe: 'apa', grid: { 'method.apa_lambda': [0.5, 1], 'optimizer.learning_rate': [1e-5, 1e-4] } },
    { recipe: 'ppo', label: 'ppo-kl', config: { updates: { total_iterations: 9 } }, grid: { 'method.kl_coef': [0.1] } },
  ],
};

function faultsOf(raw: unknown): readonly (readonly [string, string])[] {
  try {
    resolveStudy(raw);
  } catch (error) {
    return (error as KeelError).faults!.map(({ where, why }) => [where, why]);
  }
  return expect.unreachable();
}

test('shared runs come first, then every method and value, seed by seed', () => {
  const { entries, study } = resolveStudy(STUDY);
  expect(entries.map(({ key }) => key)).toEqual([
    'reward',
    ...[1, 2].flatMap((seed) => [
      `apa/method.apa_lambda=0.5/optimizer.learning_rate=0.00001/seed=${seed}`,
      `apa/method.apa_lambda=0.5/optimizer.learning_rate=0.0001/seed=${seed}`,
      `apa/method.apa_lambda=1/optimizer.learning_rate=0.00001/seed=${seed}`,
      `apa/method.apa_lambda=1/optimizer.learning_rate=0.0001/seed=${seed}`,
      `ppo-kl/method.kl_coef=0.1/seed=${seed}`,
    ]),
  ]);
  expect(entries[3]!.file).toMatchObject({
    recipe: 'apa',
    seed: 1,
    name: 'knobs-apa-1-0.00001-seed-1',
    method: { apa_lambda: 1 },
    optimizer: { learning_rate: 1e-5 },
    updates: { total_iterations: 7 },
    data: { files: ['prompts.jsonl'] },
  });
  expect(entries.at(-1)!.file).toMatchObject({ recipe: 'ppo', seed: 2, updates: { total_iterations: 9 } });
  expect(study.reading).toEqual({ by: 'judge', kl: null });
});

test('the resolved study resolves to itself', () => {
  const { study, entries } = resolveStudy(STUDY);
  expect(resolveStudy(JSON.parse(JSON.stringify(study))).entries).toEqual(entries);
});

test('runs of one study have names and keys of their own', () => {
  const { entries } = resolveStudy(STUDY);
  expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
  expect(new Set(entries.map(({ file }) => file.name)).size).toBe(entries.length);
});

test('all faults at once, each where it was written', () => {
  const faults = faultsOf({
    ...STUDY,
    prepare: { reward: { ...STUDY.prepare.reward, traning: {} } },
    base: {
      ...STUDY.base,
      generation: { max_new_tokens: -1 },
      judge: { type: 'rules', rules: [{ type: 'contains' }] },
    },
    methods: [
      { recipe: 'apa', grid: { 'method.apa_lambda': [0.5, 'high'] } },
      { recipe: 'ppo', config: { method: { klcoef: 1 }, reference: 'stage:reward/policy' } },
    ],
  });
  expect(new Map(faults)).toEqual(
    new Map([
      ['prepare.reward.traning', 'is not a known field'],
      ['base.generation.max_new_tokens', expect.stringMatching(/^is -1, below the minimum/)],
      ['base.judge.rules[0].texts', 'is missing'],
      ['methods[0].grid.method.apa_lambda', 'is the text "high", not a number'],
      ['methods[1].config.method.klcoef', 'is not a known field'],
      ['methods[1].config.reference', expect.stringMatching(/which no earlier shared run makes$/)],
    ]),
  );
});

test.each([
  ['the schema', { ...STUDY, seeds: [], reading: { by: 'taste' } }, ['seeds', 'reading.by']],
  ['a seed twice', { ...STUDY, seeds: [1, 1] }, ['seeds']],
  [
    'a method twice',
    { ...STUDY, methods: [{ recipe: 'apa' }, { recipe: 'apa' }] },
    ['methods[0].label', 'methods[1].label'],
  ],
  ['a shared run that is none', { ...STUDY, prepare: { reward: 'policy' } }, ['prepare.reward']],
  ['a method without a knob', { ...STUDY, methods: [{ recipe: 'sft' }] }, ['methods[0].recipe']],
  ['no study', 'apa', ['top level']],
  ['a key of an object', JSON.parse('{"recipe":"study","__proto__":{}}'), ['__proto__']],
  [
    'too many runs',
    {
      ...STUDY,
      seeds: Array.from({ length: 64 }, (_, seed) => seed),
      methods: [{ recipe: 'apa', grid: { 'method.apa_lambda': Array.from({ length: 32 }, (_, at) => at + 1) } }],
    },
    ['methods'],
  ],
])('%s is a fault', (_what, raw, places) => {
  expect(faultsOf(raw).map(([where]) => where)).toEqual(places);
});
