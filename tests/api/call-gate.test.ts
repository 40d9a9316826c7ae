import { expect, test } from 'vitest';
import { createCallGate } from '../../src-main/api/call-gate.ts';

function attempt(enter: () => unknown): string {
  try {
    enter();
    return 'in';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('10,000 calls in a second: a burst, then as many as are allowed; the others are refused by name', () => {
  let now = 0;
  const gate = createCallGate(() => now);
  const outcomes = Array.from({ length: 10_000 }, () => {
    now += 0.1;
    return attempt(() => gate.enter()());
  });
  expect(outcomes.filter((outcome) => outcome === 'in')).toHaveLength(1500 + 500 - 1);
  expect(new Set(outcomes)).toEqual(new Set(['in', 'too_many_calls']));
  now += 60_000;
  expect(
    Array.from({ length: 1501 }, () => attempt(() => gate.enter()())).filter((outcome) => outcome !== 'in'),
  ).toHaveLength(1);
});

test('calls that are under way are counted until they end, a clock that stands still included', () => {
  const gate = createCallGate(() => 0);
  const leaves = Array.from({ length: 200 }, () => gate.enter());
  expect(attempt(gate.enter)).toBe('too_many_calls');
  leaves[0]?.();
  expect([attempt(gate.enter), attempt(gate.enter)]).toEqual(['in', 'too_many_calls']);
});
