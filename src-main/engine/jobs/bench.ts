import { BFLOAT16_NEEDS } from '#contract/config/index.ts';
import type { JobOf } from '../protocol.ts';
import { initializeAdaptedModels } from './bench/bench-adapters.ts';
import { checkAgainstBaseline } from './bench/bench-check.ts';
import { createBenchIteration } from './bench/bench-iteration.ts';
import { initializeBenchModels } from './bench/bench-models.ts';
import { type BenchOptions, parseBenchOptions } from './bench/bench-options.ts';
import { createBenchReport, type PhaseSeconds } from './bench/bench-report.ts';
import { measureMatmulRate, updateProducts } from './bench/matmul-rate.ts';
import type { JobContext } from './job-context.ts';

async function measure(options: BenchOptions, { runtime, control, tell }: JobContext): Promise<void> {
  const models =
    options.lora === undefined ? initializeBenchModels(runtime, options) : initializeAdaptedModels(runtime, options);
  const iterate = createBenchIteration(runtime, models, options);
  const measured: PhaseSeconds[] = [];
  // Round 0 builds the graphs and is not measured.
  for (let round = 0; round <= options.iterations; round++) {
    if ((await control.boundary(round)).stop) return tell({ kind: 'stopped', step: null });
    const seconds = iterate(round);
    if (round > 0) measured.push(seconds);
    const progress = { phase: 'bench', done: round, total: options.iterations, unit: 'iterations' };
    tell({ kind: 'progress', progress });
  }
  const report = createBenchReport(options, measured, {
    parameters: models.parameters,
    trained: models.trainedParameters,
    device: runtime.device,
    graphSeconds: runtime.graphStatistics().seconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    products: measureMatmulRate(runtime, updateProducts(models.policy.model, options)),
  });
  tell({ kind: 'result', result: report });
}

/** Times the PyTorch baseline's work with the recipe's own steps, or compares with a dump of the PyTorch baseline. */
export async function bench(job: JobOf<'bench'>, context: JobContext): Promise<void> {
  const options = parseBenchOptions(job.options);
  if (options.computeDtype !== context.runtime.device.computeDtype && options.computeDtype === 'bfloat16') {
    context.tell({ kind: 'log', level: 'warning', text: `--compute-dtype: ${BFLOAT16_NEEDS}` });
  }
  if (!options.check) return measure(options, context);
  context.tell({ kind: 'result', result: checkAgainstBaseline(context.runtime, options.check, options) });
}
