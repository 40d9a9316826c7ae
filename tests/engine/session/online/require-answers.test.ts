import { expect, test } from 'vitest';
import type { Prompt } from '#engine/records.ts';
import type { RewardConfig } from '#engine/session/online/open-reward.ts';
import { requireAnswers } from '#engine/session/online/require-answers.ts';

const exact = { type: 'exact_answer', pattern: null, numeric: true, ignoreCase: false, weight: 1 } as const;
const rules = (more: object = {}): RewardConfig => ({ type: 'rules', rules: [{ ...exact, ...more }] }) as never;
const prompt = (text: string, line: number, answer?: string): Prompt => ({
  kind: 'prompt',
  prompt: text,
  ...(answer !== undefined && { answer }),
  origin: { file: 'sums.jsonl', line },
});

test('prompts without an answer are refused with the first place, whatever holds the rule', () => {
  const prompts = [prompt('1+1=', 1, '2'), prompt('2+2=', 2), prompt('Tell a tale', 3)];
  const sum: RewardConfig = { type: 'sum', parts: [{ weight: 1, reward: rules() }] } as never;
  for (const reward of [rules(), sum]) {
    expect(() => requireAnswers([reward], prompts)).toThrow(/2 of 3 prompts that have no answer.*sums\.jsonl, line 2/);
  }
});

test('nothing is asked of prompts to which no such rule applies', () => {
  const prompts = [prompt('1+1=', 1, '2'), prompt('Tell a tale', 3)];
  expect(() => requireAnswers([rules({ whenPrompt: '=' }), null], prompts)).not.toThrow();
  expect(() => requireAnswers([{ type: 'model', model: 'm', maxLength: null }], prompts)).not.toThrow();
});
