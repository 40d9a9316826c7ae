import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricRows, runEngine } from '../../support/engine-run.ts';
import { KEEL_TORCH, PYTHON, startGroup } from '../../support/worker-group.ts';
import { onlineStarter } from './starter.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-hand-over-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The workers' package with one of its lines changed. */
function changedPackage(file: string, from: string, to: string): string {
  const place = mkdtempSync(join(folder, 'package-'));
  cpSync(join(KEEL_TORCH, 'keel_torch'), join(place, 'keel_torch'), { recursive: true });
  const path = join(place, 'keel_torch', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
  return place;
}

describe.runIf(PYTHON)('the check before a run counts (KEEL_TEST_PYTHON)', () => {
  it('refuses workers that compute something else, with the figures', { timeout: 240_000 }, async () => {
    // A ten-thousandth too much in the target of APA.
    const place = changedPackage(
      'losses.py',
      'masked(advantages, mask) / lam',
      'masked(advantages, mask) / lam * 1.0001',
    );
    const group = startGroup(1, 0, place);
    try {
      const runFolder = mkdtempSync(join(folder, 'run-'));
      const config = onlineStarter('apa', folder);
      const { events } = await runEngine({ config, runFolder, resumeFrom: null, workers: group.workers });
      const last = events.at(-1)!;
      expect(last).toMatchObject({ kind: 'failed', error: { code: 'workers_differ' } });
      expect((last as { error: { why: string } }).error.why).toMatch(
        /loss\/policy_avg is [\d.]+ here and [\d.]+ there/,
      );
      expect(metricRows(events).size).toBe(0);
    } finally {
      await group.end();
    }
  });
});

it.skipIf(PYTHON)('workers were not asked: set KEEL_TEST_PYTHON to a Python with torch and transformers', () => {});
