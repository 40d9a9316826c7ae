import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { switchMethod } from '../../../../../src-renderer/pages/new-run/drafts/switch-method.ts';

const APA = `# Mine.
recipe: apa
name: warm
model: a # the start
data: { files: [b] }
reward: { type: model, model: run:x/reward_model }
method: { apa_lambda: 0.5, gamma: 0.9 }
`;

test('what both methods have stays, with its comments; what only the former has is named', () => {
  const { text, dropped } = switchMethod(APA, 'ppo');
  expect(dropped).toEqual(['method.apa_lambda']);
  expect(text).toContain('# Mine.');
  expect(text).toContain('model: a # the start');
  expect(parse(text)).toEqual({
    recipe: 'ppo',
    name: 'warm',
    model: 'a',
    data: { files: ['b'] },
    reward: { type: 'model', model: 'run:x/reward_model' },
    method: { gamma: 0.9 },
  });
  const sft = switchMethod(APA, 'sft');
  expect(sft.dropped).toEqual(['reward', 'method']);
  expect(parse(sft.text)).toEqual({ recipe: 'sft', name: 'warm', model: 'a', data: { files: ['b'] } });
});

test('a pipeline takes a config as its stage, after a reward model if it has none, and gives it back', () => {
  const { reward: _, ...without } = parse(APA) as { reward: unknown };
  const { text } = switchMethod(JSON.stringify(without), 'pipeline');
  expect(parse(text)).toEqual({
    recipe: 'pipeline',
    name: 'warm',
    stages: {
      reward_model: {},
      apa: {
        model: 'a',
        data: { files: ['b'] },
        method: { apa_lambda: 0.5, gamma: 0.9 },
        reward: { type: 'model', model: 'stage:reward_model/reward_model' },
      },
    },
  });
  const back = switchMethod(text, 'apa');
  expect(back.dropped).toEqual(['stages.reward_model']);
  expect(parse(back.text)).toEqual({ recipe: 'apa', ...without });
});

test('a text that cannot be read gives way to a fresh config', () => {
  expect(switchMethod('recipe: [', 'ppo')).toEqual({ text: 'recipe: ppo\n', dropped: [] });
});
