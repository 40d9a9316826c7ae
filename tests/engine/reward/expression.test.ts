import { expect, test } from 'vitest';
import { compileExpression } from '#engine/reward/expression.ts';

const input = { prompt: 'Where is my order?', response: 'Hi! Your order is here. Hi again!' };

test.each([
  ['1 + 2 * 3 - 4 / 2', 5],
  ['-(1 - 3) * -2', -4],
  ['2 - 3 - 4', -5],
  ['8 / 4 / 2', 1],
  ['1 / 0', 0],
  ['1.5e2 + .5', 150.5],
  ['min(3, 1, 2) + max(4, 5) + abs(-1) + clamp(9, 0, 2)', 9],
  ['length_words', 7],
  ['length_chars', 33],
  ['prompt_words', 4],
  ['count("Hi")', 2],
  ['count(prompt, "order") + count(response, "order")', 2],
  ['contains("zzz") + contains(prompt, "Where")', 1],
  ['starts_with("Hi!") - ends_with("Hi!")', 1],
  ['count("\\"") + count("")', 0],
  ['  length_words/7 ', 1],
])('%s is %f', (source, want) => {
  expect(compileExpression(source)(input)).toBeCloseTo(want, 12);
});

test.each([
  ['', 'ends too early at character 1'],
  ['1 +', 'ends too early'],
  ['(1', 'expects ")"'],
  ['1 2', 'contains the unexpected "2" at character 2'],
  ['lenght_words', 'contains the unknown name "lenght_words" at character 1'],
  ['count(1)', 'expects a "text" in count(...)'],
  ['clamp(1, 2)', 'has 2 arguments in clamp(...)'],
  ['"text"', 'not a text'],
  ['constructor', 'contains the unknown name "constructor"'],
  ['process.exit()', 'contains the unexpected character "."'],
  ['a = 1', 'contains the unexpected character "="'],
  ['1; 2', 'contains the unexpected character ";"'],
  [`${'('.repeat(200)}1`, 'nested too deeply'],
  ['-'.repeat(200), 'nested too deeply'],
])('%s is refused', (source, why) => {
  expect(() => compileExpression(source)).toThrow(why);
});
