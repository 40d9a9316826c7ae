import { type BenchReport, median } from '../../src-main/engine/jobs/bench/bench-report.ts';
import { flagsOf, SHAPES } from '../bench/bench-shapes.ts';
import { type Beside, runBaseline, runKeel } from '../bench/run-pairs.ts';
import type { AcceptanceLine } from './line.ts';
import { openBaseline } from './pytorch-baseline.ts';

const TURNS = 3;
const ITERATIONS = ['--iterations', '2'];
/** Of the rate of the update's own products by themselves, at least, in float32. */
const LEAST_OF_MATMUL_RATE = 0.85;

/** Keel's iteration time over PyTorch's, at most. */
interface Wanted {
  readonly shape: keyof typeof SHAPES;
  /** Both in float32. */
  readonly float32: number;
  /** Keel's products in bfloat16 where the processor gains by them, over PyTorch in float32 and with autocast. */
  readonly bfloat16?: { readonly overFloat32: number; readonly overAutocast: number };
  readonly isComputeBound: boolean;
}

const NARROW = { overFloat32: 0.4, overAutocast: 0.55 };
const WANTED: readonly Wanted[] = [
  { shape: '2.2M', float32: 0.45, isComputeBound: false },
  { shape: '70M', float32: 0.45, bfloat16: NARROW, isComputeBound: true },
  { shape: '160M', float32: 0.5, bfloat16: NARROW, isComputeBound: true },
];

/** Iteration seconds of one turn; null where a program was not run. */
interface Turn {
  readonly torch: number;
  readonly autocast: number | null;
  readonly float32: BenchReport;
  readonly bfloat16: BenchReport | null;
}

function runTurn({ shape, bfloat16 }: Wanted, beside: Beside): Turn {
  const flags = [...flagsOf(SHAPES[shape]), ...ITERATIONS];
  const float32 = runKeel(flags);
  const { iteration_seconds: torch, threads } = runBaseline(beside, flags);
  if (threads !== float32.threads) throw new Error(`${threads} threads against ${float32.threads}`);
  if (!bfloat16) return { torch, autocast: null, float32, bfloat16: null };
  const narrow = runKeel([...flags, '--compute-dtype', 'bfloat16']);
  const autocast = runBaseline(beside, [...flags, '--autocast']).iteration_seconds;
  return { torch, autocast, float32, bfloat16: narrow.compute_dtype === 'bfloat16' ? narrow : null };
}

/** The median of the turns' ratios beside its limit. */
function ratioOf(name: string, limit: number, ratios: readonly number[]) {
  const ratio = median(ratios);
  const singles = ratios.map((one) => one.toFixed(2)).join(', ');
  return { passed: ratio <= limit, figure: `${name} ${ratio.toFixed(2)} (wanted ${limit}; ${singles})` };
}

function judge(wanted: Wanted, turns: readonly Turn[]) {
  const seconds = (one: BenchReport | null) => one?.iteration_seconds ?? Number.NaN;
  const outcomes = [
    ratioOf(
      'float32 / PyTorch',
      wanted.float32,
      turns.map(({ torch, float32 }) => seconds(float32) / torch),
    ),
  ];
  const narrow = turns.filter(({ bfloat16 }) => bfloat16 !== null);
  if (wanted.bfloat16 && narrow.length > 0) {
    const overFloat32 = narrow.map(({ torch, bfloat16 }) => seconds(bfloat16) / torch);
    const overAutocast = narrow.map(({ autocast, bfloat16 }) => seconds(bfloat16) / (autocast as number));
    outcomes.push(
      ratioOf('bfloat16 / PyTorch float32', wanted.bfloat16.overFloat32, overFloat32),
      ratioOf('bfloat16 / PyTorch autocast', wanted.bfloat16.overAutocast, overAutocast),
    );
  }
  const share = median(turns.map(({ float32 }) => float32.update_matmul_fraction));
  const limit = wanted.isComputeBound ? ` (wanted ${LEAST_OF_MATMUL_RATE})` : '';
  const reached = !wanted.isComputeBound || share >= LEAST_OF_MATMUL_RATE;
  const missing =
    wanted.bfloat16 && narrow.length === 0 ? ['this processor gains nothing by products in bfloat16'] : [];
  return {
    passed: reached && outcomes.every(({ passed }) => passed),
    figure: [
      `${wanted.shape}: ${outcomes.map(({ figure }) => figure).join('; ')}`,
      ...missing,
      `update in float32 at ${share.toFixed(2)} of the rate of its products${limit}`,
    ].join('; '),
  };
}

const text = (value: number | null | undefined) => (value ? `${value.toFixed(2)} s` : 'not run');

export const speedByPrecision: AcceptanceLine = {
  number: 18,
  title: `An APA iteration in float32 and bfloat16 beside the PyTorch baseline in both, in turn, ${TURNS} times`,
  async run(tell) {
    const beside = openBaseline();
    let passed = true;
    for (const wanted of WANTED) {
      const turns: Turn[] = [];
      for (let turn = 0; turn < TURNS; turn += 1) {
        const { torch, autocast, float32, bfloat16 } = runTurn(wanted, beside);
        turns.push({ torch, autocast, float32, bfloat16 });
        const own = `Keel ${text(float32.iteration_seconds)}, bfloat16 ${text(bfloat16?.iteration_seconds)}`;
        tell(`${wanted.shape}: ${own}; PyTorch ${text(torch)}, autocast ${text(autocast)}`);
      }
      const outcome = judge(wanted, turns);
      tell(outcome.figure);
      passed &&= outcome.passed;
    }
    return { passed, figures: [] };
  },
};
