/**
 * Runs the yardstick and `keel bench` in turn on one machine and quotes the ratio of their iteration times.
 *
 *   node scripts/bench-pairs.ts --yardstick PATH/apa_torch.py [--python python3] [--pairs 3] [--threads N] [-- SHAPE FLAGS]
 *
 * Prints one JSON object: both reports of every pair, and the median of the ratios by phase. Ratios of a pair are
 * believed, single times are not: what else a shared machine does falls on both of a pair.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const BOOTSTRAP = join(dirname(fileURLToPath(import.meta.url)), 'bootstrap.mjs');
const PHASES = ['rollout', 'score', 'update'] as const;

interface Report {
  readonly seconds: Readonly<Record<(typeof PHASES)[number], number>>;
  readonly iteration_seconds: number;
  readonly threads: number;
  readonly peak_bytes: number;
}

const end = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, end === -1 ? undefined : end);
const shape = end === -1 ? [] : process.argv.slice(end + 1);
const { values: flags } = parseArgs({
  args: own,
  options: {
    yardstick: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    pairs: { type: 'string', default: '3' },
    threads: { type: 'string' },
  },
});

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function report(command: string, args: readonly string[]): Report {
  const env = flags.threads ? { ...process.env, OMP_NUM_THREADS: flags.threads } : process.env;
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, env });
  const line = stdout.trim().split('\n').at(-1);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr.slice(-2000)}`);
  return JSON.parse(line ?? '') as Report;
}

const threads = flags.threads ? ['--threads', flags.threads] : [];
if (!flags.yardstick) throw new Error('Give the path of apa_torch.py with --yardstick.');
const pairs: { readonly torch: Report; readonly keel: Report }[] = [];
for (let pair = 0; pair < Number(flags.pairs); pair++) {
  const torch = report(flags.python, [flags.yardstick, '--device', 'cpu', '--json', ...shape]);
  const keel = report(process.execPath, [BOOTSTRAP, 'keel', 'bench', '--json', ...threads, ...shape]);
  if (torch.threads !== keel.threads) throw new Error(`${torch.threads} threads against ${keel.threads}`);
  pairs.push({ torch, keel });
  process.stderr.write(`pair ${pair + 1}: ${(keel.iteration_seconds / torch.iteration_seconds).toFixed(3)}\n`);
}
const ratios = (pick: (report: Report) => number) => median(pairs.map(({ torch, keel }) => pick(keel) / pick(torch)));
const summary = {
  ratio: ratios((one) => one.iteration_seconds),
  phases: Object.fromEntries(PHASES.map((phase) => [phase, ratios((one) => one.seconds[phase])])),
  peak_bytes: ratios((one) => one.peak_bytes),
  pairs,
};
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
