import { writeFileSync } from 'node:fs';
import process from 'node:process';
import type { BenchReport } from '../src-main/engine/jobs/bench/bench-report.ts';
import { type BenchShape, flagsOf, SHAPES } from './bench/bench-shapes.ts';
import { type CostPanel, type CostPoint, drawCosts } from './bench/cost-picture.ts';
import { runKeel } from './bench/run-pairs.ts';

/**
 * What a response token costs over the length of responses, over the size of the batch and over parameters.
 *
 *   node scripts/bench-costs.ts [FILE.svg]
 */
const [file = 'docs/pictures/cost-per-token.svg'] = process.argv.slice(2);

function measure(shape: BenchShape, x: (report: BenchReport) => number, label: string): CostPoint {
  const report = runKeel(flagsOf(shape));
  const tokens = Number(report.shape.rollouts) * Number(report.shape.response);
  const each = (seconds: number) => (1000 * seconds) / tokens;
  const { rollout, score, update } = report.seconds;
  const point = { x: x(report), label, rollout: each(rollout), score: each(score), update: each(update) };
  process.stderr.write(`${JSON.stringify(point)}\n`);
  return point;
}

const SIZES: readonly (readonly [string, BenchShape])[] = [
  ['2.2M', SHAPES['2.2M']],
  ['10M', { hidden: 256, layers: 8, heads: 8, vocab: 8192 }],
  ['70M', { ...SHAPES['70M'], iterations: 1 }],
  ['160M', { ...SHAPES['160M'], iterations: 1 }],
];

const panels: readonly CostPanel[] = [
  {
    title: '2.2M, 64 rollouts: ms a response token',
    axis: 'tokens of a response, after prompts of 64',
    points: [16, 32, 64, 128].map((response) => measure({ response }, () => response, String(response))),
  },
  {
    title: '2.2M, responses of 32: ms a response token',
    axis: 'rollouts of a collection',
    points: [16, 32, 64, 128].map((rollouts) => measure({ rollouts }, () => rollouts, String(rollouts))),
  },
  {
    title: '8 rollouts of 32: ms a response token',
    axis: 'parameters of the policy',
    points: SIZES.map(([label, shape]) => measure({ ...shape, rollouts: 8, chunk: 8 }, (one) => one.parameters, label)),
  },
];
writeFileSync(file, drawCosts(panels));
