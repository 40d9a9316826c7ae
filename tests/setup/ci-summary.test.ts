import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { summarize } from '../../scripts/ci-summary.mjs';

const SUMMARY = join(import.meta.dirname, '../../scripts/ci-summary.mjs');

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

/** What the program prints for reports, each with its runner's exit code, and its own exit code. */
function printed(...reports: readonly (readonly [text: string, exitCode: number])[]) {
  const folder = mkdtempSync(join(tmpdir(), 'keel-summary-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const args = reports.flatMap(([text, exitCode], at) => {
    const path = join(folder, `${at}.json`);
    writeFileSync(path, text);
    return [path, String(exitCode)];
  });
  const { stdout, status } = spawnSync(process.execPath, [SUMMARY, ...args], { encoding: 'utf8' });
  return [stdout.trim(), status];
}

test('counts of several runners are added; one that breaks off after the first is one failure', () => {
  const [suite, cluster] = [report(file('passed', 'passed', 'passed')), report(file('passed', 'passed', 'skipped'))];
  expect(printed([suite, 0], [cluster, 0])).toEqual(['3 passed, 0 failed, 1 skipped', 0]);
  expect(printed([suite, 0], ['', 124])).toEqual(['2 passed, 1 failed, 0 skipped', 1]);
  expect(printed(['', 124], [cluster, 0])).toEqual(['', 1]);
});
