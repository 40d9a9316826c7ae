import process from 'node:process';
import { parseArgs } from 'node:util';
import { flagsOf, SHAPES } from './bench/bench-shapes.ts';
import { type MeasuredShape, renderTable } from './bench/bench-table.ts';
import { PAIRING_OPTIONS, runKeel, runPairs } from './bench/run-pairs.ts';

/**
 * One APA iteration at three sizes of model, by phase: times, the share of the matmul rate that the update reaches,
 * memory; and, beside a baseline, the ratios to it.
 *
 *   npm run bench
 *   npm run bench -- --baseline PATH/apa_torch.py [--python python3] [--pairs 3] [--threads N] [--compile] [--only 2.2M]
 */
const { values: flags } = parseArgs({ options: { ...PAIRING_OPTIONS, only: { type: 'string' } } });
if (flags.only && !(flags.only in SHAPES)) throw new Error(`--only takes one of ${Object.keys(SHAPES).join(', ')}.`);
const tell = (line: string) => void process.stderr.write(`${line}\n`);

const measured: MeasuredShape[] = [];
for (const [name, dimensions] of Object.entries(SHAPES).filter(([one]) => !flags.only || one === flags.only)) {
  tell(name);
  const shape = flagsOf(dimensions);
  if (flags.baseline) {
    const pairing = { ...flags, baseline: flags.baseline, pairs: Number(flags.pairs) };
    const beside = runPairs(pairing, shape, tell);
    measured.push({ name, keel: beside.pairs.map(({ keel }) => keel), beside });
  } else {
    measured.push({ name, keel: [runKeel(shape, flags.threads)] });
  }
}
process.stdout.write(`${renderTable(measured)}\n`);
