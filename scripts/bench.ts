import process from 'node:process';
import { parseArgs } from 'node:util';
import { type MeasuredShape, renderTable, SHAPES } from './bench/bench-table.ts';
import { runKeel, runPairs } from './bench/run-pairs.ts';

/**
 * One APA iteration at three sizes of model, by phase: times, the share of the matmul rate that the update reaches,
 * memory; and, beside a yardstick, the ratios to it.
 *
 *   npm run bench
 *   npm run bench -- --yardstick PATH/apa_torch.py [--python python3] [--pairs 3] [--threads N] [--compile] [--only 2.2M]
 */
const { values: flags } = parseArgs({
  options: {
    yardstick: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    pairs: { type: 'string', default: '3' },
    threads: { type: 'string' },
    compile: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const tell = (line: string) => void process.stderr.write(`${line}\n`);

const measured: MeasuredShape[] = [];
for (const { name, flags: shape } of SHAPES.filter((one) => !flags.only || one.name === flags.only)) {
  tell(name);
  if (flags.yardstick) {
    const pairing = { ...flags, yardstick: flags.yardstick, pairs: Number(flags.pairs) };
    const beside = runPairs(pairing, shape, tell);
    measured.push({ name, keel: beside.pairs.map(({ keel }) => keel), beside });
  } else {
    measured.push({ name, keel: [runKeel(shape, flags.threads)] });
  }
}
process.stdout.write(`${renderTable(measured)}\n`);
