import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BenchReport, median } from '../../src-main/engine/jobs/bench/bench-report.ts';

const BOOTSTRAP = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url));
export const PHASES = ['rollout', 'score', 'update'] as const;
export type Phase = (typeof PHASES)[number];

/** What the baseline prints: the part of `keel bench --json` that both have. */
export type BaselineReport = Pick<BenchReport, 'seconds' | 'iteration_seconds' | 'threads' | 'peak_bytes'>;

/** The options of a comparison on the command line, for `parseArgs`. */
export const PAIRING_OPTIONS = {
  baseline: { type: 'string' },
  python: { type: 'string', default: 'python3' },
  pairs: { type: 'string', default: '3' },
  threads: { type: 'string' },
  compile: { type: 'boolean', default: false },
} as const;

/** Path of the baseline, the Python that runs it, and its number of threads. */
export interface Beside {
  readonly baseline: string;
  readonly python: string;
  readonly threads?: string | undefined;
}

export interface Pairing extends Beside {
  readonly pairs: number;
  /** The baseline compiles its scoring and its update (torch.compile), its strongest form. */
  readonly compile: boolean;
}

/** Medians of Keel's figures over the baseline's, and what they are the medians of. */
export interface PairedReport {
  readonly ratio: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly peak_bytes: number;
  readonly pairs: readonly { readonly torch: BaselineReport; readonly keel: BenchReport }[];
}

function report<Report>(command: string, args: readonly string[], threads: string | undefined): Report {
  const env = threads ? { ...process.env, OMP_NUM_THREADS: threads } : process.env;
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, env });
  const line = stdout.trim().split('\n').at(-1);
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${(stderr || stdout).slice(-2000)}`);
  return JSON.parse(line ?? '') as Report;
}

/** One `keel bench` in a process of its own. */
export function runKeel(shape: readonly string[], threads?: string): BenchReport {
  const own = threads ? ['--threads', threads] : [];
  return report(process.execPath, [BOOTSTRAP, 'keel', 'bench', '--json', ...own, ...shape], threads);
}

/** The baseline in a process of its own; `flags`: the shape, and what else it shall do. */
export function runBaseline({ baseline, python, threads }: Beside, flags: readonly string[]): BaselineReport {
  return report(python, [baseline, '--device', 'cpu', '--json', ...flags], threads);
}

/**
 * Runs the baseline and `keel bench` in turn. Ratios of a pair are believed, single times are not: what else a shared
 * machine does falls on both of a pair.
 */
export function runPairs(pairing: Pairing, shape: readonly string[], tell: (line: string) => void): PairedReport {
  const { threads } = pairing;
  const compile = pairing.compile ? ['--compile'] : [];
  const pairs: { readonly torch: BaselineReport; readonly keel: BenchReport }[] = [];
  for (let pair = 0; pair < pairing.pairs; pair += 1) {
    const torch = runBaseline(pairing, [...compile, ...shape]);
    const keel = runKeel(shape, threads);
    if (torch.threads !== keel.threads) throw new Error(`${torch.threads} threads against ${keel.threads}`);
    pairs.push({ torch, keel });
    tell(`pair ${pair + 1}: ${(keel.iteration_seconds / torch.iteration_seconds).toFixed(3)}`);
  }
  const ratio = (pick: (one: BaselineReport) => number) =>
    median(pairs.map(({ torch, keel }) => pick(keel) / pick(torch)));
  return {
    ratio: ratio((one) => one.iteration_seconds),
    phases: {
      rollout: ratio((one) => one.seconds.rollout),
      score: ratio((one) => one.seconds.score),
      update: ratio((one) => one.seconds.update),
    },
    peak_bytes: ratio((one) => one.peak_bytes),
    pairs,
  };
}
