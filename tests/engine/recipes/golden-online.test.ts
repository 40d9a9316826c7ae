import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { casesOf, faultsOf, goldenCases, runGolden } from '../../support/golden-run.ts';
import { hasNative } from '../../support/runtimes.ts';

const folder = mkdtempSync(join(tmpdir(), 'keel-golden-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Expected numbers: tests/golden/make_iterations.py, PyTorch in float64. */
describe.runIf(hasNative)('two iterations as PyTorch computes them', () => {
  const RECIPES = ['apa', 'ppo', 'awr', 'a2po', 'apa-offline', 'awr-offline'];
  test.each(casesOf(...RECIPES))('%s: replies, metrics and weights', { timeout: 240_000 }, async (name) => {
    const run = await runGolden(goldenCases()[name]!, join(folder, name));
    expect(faultsOf(name, run)).toEqual([]);
  });
});
