import { describe, expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { createRuleReward, needsAnswer, type Rule } from '#engine/reward/rule-rewards.ts';

const score = (rule: Rule, response: string, prompt = 'Order 12 of Ann') =>
  createRuleReward([rule])([prompt], [response])[0];

test('length: 1 inside, falling to 0 outside', () => {
  const rule: Rule = { type: 'length', unit: 'words', min: 2, max: 4, falloff: 2, weight: 1 };
  expect(['a', 'a b', 'a b c d', 'a b c d e', 'a b c d e f'].map((text) => score(rule, text))).toEqual([
    0.5, 1, 1, 0.5, 0,
  ]);
  expect(score({ ...rule, falloff: 0 }, 'a')).toBe(0);
  expect(score({ ...rule, unit: 'characters' }, '👍👍')).toBe(1);
});

test('contains: any, all, share; case', () => {
  const rule: Rule = { type: 'contains', texts: ['Thank', 'sorry'], mode: 'any', ignoreCase: true, weight: 2 };
  expect(score(rule, 'thank you')).toBe(2);
  expect(score({ ...rule, mode: 'all' }, 'thank you')).toBe(0);
  expect(score({ ...rule, mode: 'share' }, 'thank you')).toBe(1);
  expect(score({ ...rule, ignoreCase: false }, 'thank you')).toBe(0);
});

test('regex and expression', () => {
  expect(score({ type: 'regex', pattern: '^hi\\b', ignoreCase: true, weight: -1 }, 'Hi there')).toBe(-1);
  expect(score({ type: 'expression', expression: 'count("!") / 2', weight: 1 }, 'a! b!')).toBe(1);
});

test('from_prompt: facts of the reply are those of the prompt', () => {
  const only: Rule = { type: 'from_prompt', pattern: '\\d+', mode: 'only', weight: 1 };
  expect(score(only, 'Order 12 is here')).toBe(1);
  expect(score(only, 'Order 13 is here')).toBe(0);
  expect(score(only, 'It is here')).toBe(1);
  expect(score({ ...only, mode: 'any' }, 'It is here')).toBe(0);
  const name: Rule = {
    type: 'from_prompt',
    pattern: 'Dear (\\w+)',
    promptPattern: 'of (\\w+)',
    mode: 'any',
    weight: 1,
  };
  expect(score(name, 'Dear Ann,')).toBe(1);
  expect(score(name, 'Dear Bob,')).toBe(0);
});

test('a rule may hold for some prompts only', () => {
  const rule: Rule = { type: 'contains', texts: ['x'], mode: 'any', ignoreCase: false, weight: 1, whenPrompt: 'order' };
  expect(score(rule, 'x')).toBe(1);
  expect(score(rule, 'x', 'Hello')).toBe(0);
  expect(score({ ...rule, whenPrompt: null, unlessPrompt: 'ann' }, 'x')).toBe(0);
});

test('rules add up by weight', () => {
  const letters = (letter: string, weight: number): Rule => ({
    type: 'expression',
    expression: `count("${letter}")`,
    weight,
  });
  const first = createRuleReward([letters('a', 1), letters('b', -2)]);
  expect([...first(['', [{ role: 'user', content: 'hi' }]], ['aab', 'c'])]).toEqual([0, 0]);
  expect([...first(['', ''], ['aaab', 'b'])]).toEqual([1, -2]);
});

test('every bad pattern and formula is told at once', () => {
  const bad: Rule[] = [
    { type: 'regex', pattern: '(', ignoreCase: false, weight: 1 },
    { type: 'length', unit: 'words', min: 0, max: 1, falloff: 0, weight: 1 },
    { type: 'expression', expression: 'eval', weight: 1 },
  ];
  try {
    createRuleReward(bad);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(KeelError);
    expect((error as KeelError).code).toBe('reward_rule_invalid');
    expect((error as KeelError).faults?.map(({ where }) => where)).toEqual([
      'rules[0] (regex)',
      'rules[2] (expression)',
    ]);
  }
});

describe('answers that can be checked', () => {
  const rule: Rule = { type: 'exact_answer', pattern: null, numeric: true, ignoreCase: false, weight: 1 };
  const against = (one: Rule, response: string, answer: string) =>
    createRuleReward([one])(['What is it?'], [response], [answer])[0];

  test('the whole response, as a number or as text', () => {
    expect(['7', ' 7\n', '7.0', '+7', '8', 'seven', '7 apples', ''].map((said) => against(rule, said, '7'))).toEqual([
      1, 1, 1, 1, 0, 0, 0, 0,
    ]);
    expect(against(rule, '1,000', '1000')).toBe(1);
    expect(against({ ...rule, numeric: false }, '7.0', '7')).toBe(0);
    expect([against(rule, 'paris', 'Paris'), against({ ...rule, ignoreCase: true }, 'paris', 'Paris')]).toEqual([0, 1]);
  });

  test('the last match of a pattern', () => {
    const found: Rule = { ...rule, pattern: '(-?\\d+)' };
    expect(against(found, 'First 3, then 12.', '12')).toBe(1);
    expect(against(found, 'First 12, then 3.', '12')).toBe(0);
    expect(against(found, 'None.', '12')).toBe(0);
  });

  test('a prompt without an answer', () => {
    expect(() => createRuleReward([rule])(['?'], ['7'])).toThrow(/no answer/);
    const some: Rule = { ...rule, whenPrompt: 'sum' };
    expect(['A sum', 'A tale'].map(needsAnswer([some]))).toEqual([true, false]);
    expect(needsAnswer([{ type: 'regex', pattern: 'x', ignoreCase: false, weight: 1 }])('A sum')).toBe(false);
  });

  test('JSON that conforms to a schema', () => {
    const schema =
      '{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"age":{"minimum":0,"type":"integer"}}}';
    const json: Rule = { type: 'json_schema', schema, weight: 2 };
    const said = ['{"name":"Ann"}', '{"name":"Ann","age":-1}', '{"name":1}', '{}', '{"name":"Ann"', 'null', ''];
    expect(said.map((response) => score(json, response))).toEqual([2, 0, 0, 0, 0, 0, 0]);
    const broken = () => createRuleReward([{ ...json, schema: '[1' }]);
    expect(broken).toThrow(KeelError);
    expect(broken).toThrow(/rules\[0\] \(json_schema\)/);
  });
});
