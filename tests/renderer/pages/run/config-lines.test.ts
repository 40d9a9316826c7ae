import { expect, test } from 'vitest';
import { resolveConfig } from '../../../../src-main/contract/config/index.ts';
import { configLines } from '../../../../src-renderer/pages/run/config-lines.ts';

const GIVEN = { recipe: 'sft', model: 'm', data: { files: ['a.jsonl'] }, optimizer: { learning_rate: 0.25 } };

test('a line that differs from its preset tells the value of the preset, and no other does', () => {
  const { file, changed } = resolveConfig(GIVEN);
  const rate = changed.find(({ path }) => path === 'optimizer.learning_rate')!;
  const marked = configLines(file).filter(({ preset }) => preset !== null);
  expect(marked).toContainEqual({ text: '  learning_rate: 0.25', preset: JSON.stringify(rate.preset) });
  expect(marked).toHaveLength(changed.length);
});

test('a config that this Keel does not know still shows', () => {
  expect(configLines({ recipe: 'later', x: { y: 1 } }).map(({ text }) => text)).toEqual([
    'recipe: later',
    'x:',
    '  y: 1',
  ]);
});
