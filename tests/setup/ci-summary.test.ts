import { expect, test } from 'vitest';
import { summarize } from '../../scripts/ci-summary.mjs';

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});
const report = (...files: object[]) => JSON.stringify({ testResults: files });

test('tests are counted by their outcome; pending and todo ones are skipped ones', () => {
  const text = report(file('passed', 'passed', 'passed', 'pending'), file('failed', 'passed', 'failed', 'todo'));
  expect(summarize(text, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test('a file that does not load is a failure', () => {
  expect(summarize(report(file('passed', 'passed'), file('failed')), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a file whose hook failed after its tests passed is a failure', () => {
  expect(summarize(report(file('failed', 'passed')), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test.each([
  ['no report', '', 0],
  ['half a report', '{"testResults": [', 1],
  ['no test', report(), 0],
  ['a failure that no test explains', report(file('passed', 'passed')), 1],
  ['a run cut off by the clock', report(file('passed', 'passed')), 124],
])('%s gives no count', (_case, text, exitCode) => {
  expect(summarize(text, exitCode)).toHaveProperty('crash');
});
