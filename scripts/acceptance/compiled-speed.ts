import { median } from '../../src-main/engine/jobs/bench/bench-report.ts';
import { flagsOf, SHAPES } from '../bench/bench-shapes.ts';
import { type PairedReport, PHASES, runPairs } from '../bench/run-pairs.ts';
import type { AcceptanceLine } from './line.ts';
import { openBaseline } from './pytorch-baseline.ts';

interface Wanted {
  readonly shape: keyof typeof SHAPES;
  /** The baseline compiles its steps too. */
  readonly compile: boolean;
  /** Keel's time over PyTorch's, at most. */
  readonly iteration: number;
  readonly rollout?: number;
}

const WANTED: readonly Wanted[] = [
  { shape: '2.2M', compile: false, iteration: 0.65, rollout: 0.25 },
  { shape: '2.2M', compile: true, iteration: 0.85 },
  { shape: '70M', compile: false, iteration: 0.55 },
  { shape: '160M', compile: false, iteration: 0.7 },
];
/** Of the rate of the update's own products by themselves, at least. */
const LEAST_OF_MATMUL_RATE = 0.5;
const MOST_OF_PEAK_MEMORY = 1;

function judge(wanted: Wanted, report: PairedReport): { readonly passed: boolean; readonly figure: string } {
  const fraction = median(report.pairs.map(({ keel }) => keel.update_matmul_fraction));
  const passed =
    report.ratio <= wanted.iteration &&
    report.phases.rollout <= (wanted.rollout ?? Number.POSITIVE_INFINITY) &&
    fraction >= LEAST_OF_MATMUL_RATE &&
    (wanted.compile || report.peak_bytes <= MOST_OF_PEAK_MEMORY);
  const singles = report.pairs.map(({ torch, keel }) => (keel.iteration_seconds / torch.iteration_seconds).toFixed(2));
  const figure = [
    `${wanted.shape}${wanted.compile ? ' against the compiled baseline' : ''}: Keel / PyTorch ${report.ratio.toFixed(3)} (wanted ${wanted.iteration}; pairs ${singles.join(', ')})`,
    ...PHASES.map((phase) => {
      const limit = phase === 'rollout' && wanted.rollout ? ` (wanted ${wanted.rollout})` : '';
      return `${phase} ${report.phases[phase].toFixed(2)}${limit}`;
    }),
    `update at ${fraction.toFixed(2)} of the rate of its products (wanted ${LEAST_OF_MATMUL_RATE})`,
    `peak memory ${report.peak_bytes.toFixed(2)} of PyTorch's`,
  ].join('; ');
  return { passed, figure };
}

export const compiledSpeed: AcceptanceLine = {
  number: 10,
  title: 'Compiled steps at three sizes beside the PyTorch baseline, in turn, three times: time and memory',
  async run(tell) {
    const beside = openBaseline();
    const outcomes = WANTED.map((wanted) => {
      const pairing = { ...beside, pairs: 3, compile: wanted.compile };
      const outcome = judge(wanted, runPairs(pairing, flagsOf(SHAPES[wanted.shape]), tell));
      tell(outcome.figure);
      return outcome;
    });
    return { passed: outcomes.every(({ passed }) => passed), figures: [] };
  },
};
