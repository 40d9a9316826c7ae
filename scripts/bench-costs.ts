import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { type CostPanel, type CostPoint, drawCosts } from './bench/cost-picture.ts';
import { runKeel } from './bench/run-pairs.ts';

/**
 * What a response token costs over the length of responses, over the size of the batch and over parameters.
 *
 *   node scripts/bench-costs.ts [FILE.svg]
 */
const [file = 'docs/pictures/cost-per-token.svg'] = process.argv.slice(2);

type Flags = Readonly<Record<string, number>>;

function measure(flags: Flags, x: (report: ReturnType<typeof runKeel>) => number, label: string): CostPoint {
  const report = runKeel(
    Object.entries({ iterations: 3, ...flags }).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
  );
  const tokens = report.shape.rollouts * report.shape.response;
  const each = (seconds: number) => (1000 * seconds) / tokens;
  const { rollout, score, update } = report.seconds;
  const point = { x: x(report), label, rollout: each(rollout), score: each(score), update: each(update) };
  process.stderr.write(`${JSON.stringify(point)}\n`);
  return point;
}

const SIZES: readonly (readonly [string, Flags])[] = [
  ['2.2M', {}],
  ['10M', { hidden: 256, layers: 8, heads: 8, vocab: 8192 }],
  ['70M', { hidden: 512, layers: 6, heads: 8, vocab: 50304, iterations: 1 }],
  ['160M', { hidden: 768, layers: 12, heads: 12, vocab: 50304, iterations: 1 }],
];

const panels: readonly CostPanel[] = [
  {
    title: '2.2M, 64 rollouts: ms a response token',
    axis: 'tokens of a response, after prompts of 64',
    points: [16, 32, 64, 128].map((response) => measure({ response }, (one) => one.shape.response, String(response))),
  },
  {
    title: '2.2M, responses of 32: ms a response token',
    axis: 'rollouts of a collection',
    points: [16, 32, 64, 128].map((rollouts) => measure({ rollouts }, (one) => one.shape.rollouts, String(rollouts))),
  },
  {
    title: '8 rollouts of 32: ms a response token',
    axis: 'parameters of the policy',
    points: SIZES.map(([label, flags]) => measure({ rollouts: 8, chunk: 8, ...flags }, (one) => one.parameters, label)),
  },
];
writeFileSync(file, drawCosts(panels));
