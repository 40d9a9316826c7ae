import { adapterCost } from './acceptance/adapter-cost.ts';
import { buildShare } from './acceptance/build-share.ts';
import { clusterStudy } from './acceptance/cluster-study.ts';
import { compiledModes } from './acceptance/compiled-modes.ts';
import { compiledSpeed } from './acceptance/compiled-speed.ts';
import { demoTime } from './acceptance/demo-time.ts';
import { exactResume } from './acceptance/exact-resume.ts';
import { flatMemory } from './acceptance/flat-memory.ts';
import { freshClone } from './acceptance/fresh-clone.ts';
import { goldenModels } from './acceptance/golden-models.ts';
import { goldenNumbers } from './acceptance/golden-numbers.ts';
import { goldenTokenizers } from './acceptance/golden-tokenizers.ts';
import { harmlessness } from './acceptance/harmlessness.ts';
import { largeModel } from './acceptance/large-model.ts';
import { learning } from './acceptance/learning.ts';
import type { AcceptanceLine } from './acceptance/line.ts';
import { metricReaders } from './acceptance/metric-readers.ts';
import { narrowSeeds } from './acceptance/narrow-seeds.ts';
import { plantedRuns } from './acceptance/planted-runs.ts';
import { pretrained } from './acceptance/pretrained.ts';
import { baseline } from './acceptance/pytorch-baseline.ts';
import { speedByPrecision } from './acceptance/speed-by-precision.ts';
import { starter } from './acceptance/starter.ts';

/**
 * Every line of the promise of this version, run and printed with its figure.
 *
 *   npm run acceptance              all of them, about five hours on two cores
 *   npm run acceptance -- 4 9       some of them
 */
const LINES: readonly AcceptanceLine[] = [
  freshClone,
  goldenModels,
  goldenTokenizers,
  goldenNumbers,
  starter,
  harmlessness,
  exactResume,
  baseline,
  flatMemory,
  compiledSpeed,
  compiledModes,
  largeModel,
  demoTime,
  plantedRuns,
  metricReaders,
  pretrained,
  adapterCost,
  speedByPrecision,
  buildShare,
  learning,
  narrowSeeds,
  clusterStudy,
];

const wanted = process.argv.slice(2).map(Number);
const chosen = wanted.length > 0 ? LINES.filter(({ number }) => wanted.includes(number)) : LINES;
let failed = 0;
for (const line of chosen) {
  process.stdout.write(`\n${line.number}. ${line.title}\n`);
  const start = performance.now();
  try {
    const { passed, figures } = await line.run((text) => process.stdout.write(`   ${text}\n`));
    failed += passed ? 0 : 1;
    for (const figure of figures) process.stdout.write(`   ${figure}\n`);
    process.stdout.write(
      `   ${passed ? 'holds' : 'DOES NOT HOLD'} (${((performance.now() - start) / 1000).toFixed(0)} s)\n`,
    );
  } catch (error) {
    failed += 1;
    process.stdout.write(`   DOES NOT HOLD: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.stdout.write(`\n${chosen.length - failed} of ${chosen.length} lines hold\n`);
process.exitCode = failed > 0 ? 1 : 0;
