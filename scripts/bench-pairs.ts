/**
 * Runs the baseline and `keel bench` in turn on one machine and quotes the ratio of their iteration times.
 *
 *   node scripts/bench-pairs.ts --baseline PATH/apa_torch.py [--python python3] [--pairs 3] [--threads N] [--compile]
 *     [-- SHAPE FLAGS]
 *
 * `--compile` has the baseline compile its scoring and its update (torch.compile), its strongest form. Prints one JSON
 * object: both reports of every pair, and the median of the ratios by phase.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { PAIRING_OPTIONS, runPairs } from './bench/run-pairs.ts';

const end = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, end === -1 ? undefined : end);
const shape = end === -1 ? [] : process.argv.slice(end + 1);
const { values: flags } = parseArgs({ args: own, options: PAIRING_OPTIONS });

if (!flags.baseline) throw new Error('Give the path of apa_torch.py with --baseline.');
const pairing = { ...flags, baseline: flags.baseline, pairs: Number(flags.pairs) };
const summary = runPairs(pairing, shape, (line) => void process.stderr.write(`${line}\n`));
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
