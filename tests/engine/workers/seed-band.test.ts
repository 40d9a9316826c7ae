import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineRunResult, metricRows, runEngine } from '../../support/engine-run.ts';
import { PYTHON, runOnGroup } from '../../support/worker-group.ts';
import { onlineStarter } from './starter.ts';

const ITERATIONS = 20;
const SEEDS = [0, 1, 2, 3];
/** Iterations at the end of a run over which its level is taken. */
const LAST = 5;
const KEYS = ['objective/scores', 'objective/kl'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-workers-band-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const configOf = (seed: number) => ({
  ...onlineStarter('apa', folder),
  seed,
  updates: { total_iterations: ITERATIONS, minibatch_size: 8, num_ppo_epochs: 1 },
  evaluation: { interval_iterations: ITERATIONS, num_prompts: 4, num_samples: 2 },
  checkpoints: { interval_steps: null, keep_best: false },
});

/** Mean of the last iterations' values, by key. */
function levelsOf({ events }: EngineRunResult): Readonly<Record<string, number>> {
  expect(events.at(-1)).toMatchObject({ kind: 'summary' });
  const rows = metricRows(events);
  const last = Array.from({ length: LAST }, (_, at) => ITERATIONS - at);
  return Object.fromEntries(
    KEYS.map((key) => [key, last.reduce((sum, step) => sum + rows.get(`${key}@${step}`)!, 0) / LAST]),
  );
}

const run = (seed: number) => ({
  config: configOf(seed),
  runFolder: mkdtempSync(join(folder, 'run-')),
  resumeFrom: null,
});

describe.runIf(PYTHON)('twenty iterations on workers (KEEL_TEST_PYTHON)', () => {
  const local: Readonly<Record<string, number>>[] = [];
  beforeAll(async () => {
    for (const seed of SEEDS) local.push(levelsOf(await runEngine(run(seed))));
  }, 600_000);

  it.each([1, 2])(
    'end within the band of local runs of other seeds, with %i workers',
    { timeout: 600_000 },
    async (count) => {
      const theirs = levelsOf(await runOnGroup(run(0), count));
      for (const key of KEYS) {
        const values = local.map((levels) => levels[key]!);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
        expect(Math.abs(theirs[key]! - mean)).toBeLessThanOrEqual(3 * deviation);
      }
    },
  );
});

it.skipIf(PYTHON)('workers were not asked: set KEEL_TEST_PYTHON to a Python with torch and transformers', () => {});
