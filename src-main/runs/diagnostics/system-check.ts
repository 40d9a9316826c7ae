import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import type { EngineHealth, EngineTuning, SystemReport } from '#contract/api/system-report.ts';
import { whatFits } from '#contract/memory/what-fits.ts';
import { findCompiler } from '#setup/compiler.mjs';
import { locateEngine } from '#setup/engine-manifest.mjs';
import { readTuning } from '#setup/engine-tuning.mjs';
import { exposedPaths } from '../../disk/private-mode.ts';
import { requireSoundSqlite } from '../../store/sqlite-version.ts';
import { runProbe } from '../engine/run-probe.ts';
import { findFaults } from './system-faults.ts';

const ENGINE_PROBE = new URL('../../engine/runtime/probe.ts', import.meta.url);
const SQLITE_PROBE = new URL('../../store/probe-sqlite.ts', import.meta.url);

const engineAnswer = z.object({
  backend: z.enum(['tensorflow', 'javascript']),
  device: z.enum(['cpu', 'gpu']),
  tensorflowVersion: z.string().nullable(),
  gigaflops: z.number().nonnegative(),
  bfloat16Gigaflops: z.number().nonnegative().nullable(),
});
const sqliteAnswer = z.object({ version: z.string() });

export interface CheckSystemOptions {
  /** The data folder. */
  readonly home: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** The engine that a run would use: the one set in the environment, otherwise the one of the data folder. */
function engineInUse(home: string, environment: NodeJS.ProcessEnv) {
  const located = locateEngine({ home });
  const named = environment.KEEL_ENGINE_BINDING;
  const isNamed = named && environment.KEEL_ENGINE_CHOSEN !== 'setup';
  if (!isNamed || named === located?.binding) return located;
  return { variant: named, binding: named, libraryPath: [] };
}

/** The tuning results for the engine of the data folder; an engine set in the environment has none. */
function tuningOf(home: string, binding: string): EngineTuning | null {
  const tuning = binding === locateEngine({ home })?.binding ? readTuning({ home }) : null;
  if (tuning === null) return null;
  const { settings, tried, products = null, measuredAt } = tuning;
  return { settings, tried, products, measuredAt };
}

const UNKNOWN = {
  backend: null,
  device: null,
  tensorflowVersion: null,
  gigaflops: null,
  bfloat16Gigaflops: null,
  tuning: null,
};

async function examineEngine(home: string, environment: NodeJS.ProcessEnv): Promise<EngineHealth> {
  const engine = engineInUse(home, environment);
  if (!engine) return { ...UNKNOWN, variant: null, binding: null, problem: 'no engine is set up' };
  const answer = await runProbe(ENGINE_PROBE, engineAnswer, { ...environment, KEEL_ENGINE_BINDING: engine.binding });
  const found = { variant: engine.variant, binding: engine.binding || null };
  if ('problem' in answer) return { ...UNKNOWN, ...found, problem: answer.problem };
  return { ...found, ...answer.value, tuning: tuningOf(home, engine.binding), problem: null };
}

async function examineSqlite(environment: NodeJS.ProcessEnv): Promise<SystemReport['sqlite']> {
  const answer = await runProbe(SQLITE_PROBE, sqliteAnswer, environment);
  if ('problem' in answer) return { version: null, sound: false };
  const { version } = answer.value;
  try {
    requireSoundSqlite(version);
    return { version, sound: true };
  } catch {
    return { version, sound: false };
  }
}

/** Free bytes of the disk on which the folder is, or would be created. */
async function freeSpace(folder: string): Promise<number | null> {
  if (!existsSync(folder)) return dirname(folder) === folder ? null : freeSpace(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Memory available without swapping as reported by the kernel, otherwise free memory. */
function availableMemory(): number {
  try {
    const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    return line ? Number(line[1]) * 1024 : freemem();
  } catch {
    return freemem();
  }
}

function electronVersion(): string | null {
  try {
    const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string };
    return version;
  } catch {
    return null;
  }
}

/**
 * Checks everything that Keel needs on this machine by using it: TensorFlow and SQLite are each loaded in a separate
 * process. Changes nothing.
 */
export async function checkSystem({ home, environment = process.env }: CheckSystemOptions): Promise<SystemReport> {
  const [engine, sqlite, free] = await Promise.all([
    examineEngine(home, environment),
    examineSqlite(environment),
    freeSpace(home),
  ]);
  const available = availableMemory();
  const seen = {
    platform: `${process.platform}-${process.arch}`,
    engine,
    node: { version: process.versions.node, path: process.execPath },
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', count: availableParallelism() },
    memory: { total: totalmem(), available },
    disk: { folder: home, free },
    exposed: [...exposedPaths(home)],
    sqlite,
    electron: { version: electronVersion() },
    compiler: { name: findCompiler(environment) },
  };
  const findings = findFaults(seen);
  return { healthy: !findings.some(({ level }) => level === 'error'), ...seen, fits: whatFits(available), findings };
}
