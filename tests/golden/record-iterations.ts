/**
 * `node tests/golden/record-iterations.ts FOLDER [CASE …]`: runs the cases of tests/fixtures/golden-iterations once and leaves
 * what make_iterations.py needs of them: the order in which the run drew its rows, which it finds by trying, and the heads
 * that start at random. Metrics, samples and checkpoints go to FOLDER.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type GoldenConfig, goldenCases, runGolden } from '../support/golden-run.ts';

/** The same run with a learning rate that changes no weight: its first checkpoint holds the heads as they were drawn. */
function atRest(config: GoldenConfig): GoldenConfig {
  const still = { learning_rate: 1e-12, min_learning_rate: 0, weight_decay: 0, warmup_steps: 0, schedule: 'constant' };
  return { ...config, optimizer: { ...(config.optimizer as object), ...still } };
}

const [folder, ...names] = process.argv.slice(2);
if (!folder) throw new Error('give a folder');
for (const [name, config] of Object.entries(goldenCases())) {
  if (names.length > 0 && !names.includes(name)) continue;
  const place = join(folder, name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  await runGolden(atRest(config), join(place, 'at-rest'));
  const { metrics, samples } = await runGolden(config, join(place, 'run'));
  writeFileSync(join(place, 'told.json'), JSON.stringify({ metrics: Object.fromEntries(metrics), samples }));
  process.stdout.write(`${name}: ${metrics.size} metrics\n`);
}
