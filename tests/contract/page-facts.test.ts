import { expect, test } from 'vitest';
import * as facts from '#contract/page-facts.ts';

test('the built page gets all of it: JSON has every value', () => {
  expect(JSON.parse(JSON.stringify(facts))).toEqual({ ...facts });
  expect(facts.recipeFacts.map(({ name }) => name)).toEqual([
    ...['sft', 'reward-model', 'dpo', 'kto'],
    ...['apa', 'apa-offline', 'ppo', 'awr', 'awr-offline', 'grpo', 'rloo', 'a2po', 'online-dpo'],
  ]);
  expect(facts.liveLabels['method.apa_lambda']).toBe('λ');
});
