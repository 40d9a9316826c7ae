import { totalmem } from 'node:os';
import type { BenchReport } from '../../src-main/engine/jobs/bench/bench-report.ts';
import type { AcceptanceLine } from './line.ts';
import { keel } from './run-program.ts';

/** The shape of Pythia-410M, four rollouts of 64 + 16 tokens. */
const FLAGS = {
  hidden: 1024,
  layers: 24,
  heads: 16,
  vocab: 50304,
  rollouts: 4,
  chunk: 4,
  batch: 4,
  prompt: 64,
  response: 16,
  iterations: 1,
};
const MACHINE_BYTES = 24 * 2 ** 30;

export const largeModel: AcceptanceLine = {
  number: 12,
  title: "An APA iteration of Pythia-410M's shape in the memory of a machine of 24 GB",
  async run() {
    const flags = Object.entries(FLAGS).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const [report] = (await keel(['bench', ...flags])) as unknown as readonly BenchReport[];
    const { peak_bytes: peak, iteration_seconds: seconds } = report!;
    const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
    return {
      passed: peak <= MACHINE_BYTES,
      figures: [`${seconds.toFixed(1)} s, peak ${gigabytes(peak)} on a machine of ${gigabytes(totalmem())}`],
    };
  },
};
