import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { breakFact } from '../../../../scripts/research/starter/flaws.ts';
import { factsReward, judgeReward } from '../../../../scripts/research/starter/judge-rules.ts';
import { openRules } from '../../../../scripts/research/starter/open-rules.ts';
import { rollDice } from '../../../../scripts/research/starter/random.ts';
import { composeReply, TONES } from '../../../../scripts/research/starter/replies/compose.ts';
import { writeSplit } from '../../../../scripts/research/starter/splits.ts';

const judge = openRules(judgeReward);
const facts = openRules(factsReward);
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
const stored = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../resources/starter/${name}.json`, import.meta.url), 'utf8'));

const pairs = writeSplit('preference-held-out', 200);
const prompts = pairs.map(({ record }) => record.prompt);
const chosen = pairs.map(({ record }) => record.chosen!);
const rejected = pairs.map(({ record }) => record.rejected!);
const scored = { chosen: judge(prompts, chosen), rejected: judge(prompts, rejected) };

test('the stored rules are those of the generator', () => {
  expect({ judge: stored('judge'), facts: stored('facts') }).toEqual({ judge: judgeReward, facts: factsReward });
});

test('the judge prefers the chosen reply of at least 97% of held-out pairs', () => {
  const right = chosen.map((_, index) => scored.chosen[index]! > scored.rejected[index]! + 1e-6);
  expect(share(right)).toBeGreaterThanOrEqual(0.97);
});

test('the judge scores tones in order, the warmest near 1', () => {
  const entries = pairs.slice(0, 60);
  const byTone = TONES.map((tone) => {
    const replies = entries.map(({ scenario }, index) => composeReply(scenario, tone, rollDice(`${tone}${index}`)));
    return mean(judge(prompts.slice(0, 60), replies));
  });
  expect(byTone).toEqual([...byTone].sort((a, b) => a - b));
  expect(byTone[0]).toBeLessThan(0);
  expect(byTone.at(-1)).toBeGreaterThan(0.95);
});

test('chosen replies keep every fact', () => {
  expect(Array.from(facts(prompts, chosen)).filter((score) => score < -1e-6)).toEqual([]);
});

test('a planted wrong fact is seen, the same reply without it is not', () => {
  const missed: string[] = [];
  let planted = 0;
  pairs.slice(0, 150).forEach(({ record, scenario }, index) => {
    const flaw = breakFact(scenario, 'warm', rollDice(`plant${index}`));
    if (!flaw) return;
    planted += 1;
    const [right, wrong] = facts([record.prompt, record.prompt], [flaw.right, flaw.wrong]);
    if (right! < -1e-6 || wrong! > -1e-6) missed.push(`${record.prompt} ${flaw.right} / ${flaw.wrong}`);
  });
  expect(planted).toBeGreaterThan(140);
  expect(missed.length / planted).toBeLessThanOrEqual(0.03);
});

describe('roles', () => {
  const prompt = 'Customer: Hi, Ben here. I ordered a blue kettle but got a lamp. I want a refund.\nSupport:';
  test.each([
    ['Hi Ben, sorry that you got a lamp instead of a blue kettle. We will refund the kettle.', true],
    ['Hi Ben, sorry that you got a kettle instead of a lamp. We will refund the lamp.', false],
    ['Hi Ben, sorry about the mix-up with the lamp. We will refund the lamp.', false],
    ['Hi Ben, sorry about the mix-up. We will replace the kettle.', false],
    ['Hi Tom, sorry about the mix-up. We will refund the kettle.', false],
    ['Hi Ben, sorry about the mix-up. We will refund the red kettle.', false],
  ])('%s', (reply, kept) => {
    expect(facts([prompt], [reply])[0]! > -1e-6).toBe(kept);
  });
});

test('a reply that repeats itself, or is a wall of text, scores less', () => {
  const prompt = prompts[0]!;
  const reply = chosen[0]!.trim();
  const [plain, repeated, long] = judge(
    [prompt, prompt, prompt],
    [reply, `${reply} ${reply}`, `${reply}${' We like our shop and the people in it, and so on.'.repeat(8)}`],
  );
  expect(repeated).toBeLessThan(plain! - 0.4);
  expect(long).toBeLessThan(plain! - 0.1);
});

test('the longer reply is not simply the better one', () => {
  const longerWins = share(chosen.map((reply, index) => reply.length > rejected[index]!.length));
  expect(longerWins).toBeGreaterThan(0.5);
  expect(longerWins).toBeLessThanOrEqual(0.75);
});

test('the corpus for the starting policy is mostly cold, curt or plain, with some warm replies', () => {
  const entries = writeSplit('sft', 200);
  const scores = judge(
    entries.map(({ record }) => record.prompt),
    entries.map(({ record }) => record.completion!),
  );
  const warm = share(Array.from(scores, (score) => score > 0.85));
  expect(mean(scores)).toBeLessThan(0.5);
  expect(warm).toBeGreaterThan(0.03);
  expect(warm).toBeLessThan(0.2);
});
