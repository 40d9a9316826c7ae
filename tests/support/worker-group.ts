import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workers } from '#engine/protocol.ts';
import { type EngineRunOptions, type EngineRunResult, runEngine } from './engine-run.ts';

/** A Python with torch and transformers; without it, tests of workers say that they were not run. */
export const PYTHON = process.env.KEEL_TEST_PYTHON;
/** The folder of the package that workers run. */
export const KEEL_TORCH = join(import.meta.dirname, '../../resources/cluster');

export interface WorkerGroup {
  readonly workers: Workers;
  /** Process ids of the workers that run now. */
  pids(): readonly number[];
  /** Ends the group and waits until it has. */
  end(): Promise<void>;
}

/** Starts workers of a package on this machine, as `python -m keel_torch.local` does. */
export function startGroup(count: number, restarts = 0, place = KEEL_TORCH): WorkerGroup {
  const folder = mkdtempSync(join(tmpdir(), 'keel-workers-'));
  const options = ['--workers', String(count), '--restarts', String(restarts)];
  const child: ChildProcess = spawn(PYTHON!, ['-m', 'keel_torch.local', folder, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PYTHONPATH: place, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const pids = () =>
    execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  return {
    workers: { count, folder, restarts },
    pids,
    async end() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a recipe in an engine process with a group of workers of its own. */
export async function runOnGroup(
  options: EngineRunOptions,
  count: number,
  { restarts = 0, onGroup = () => undefined }: { restarts?: number; onGroup?: (group: WorkerGroup) => void } = {},
): Promise<EngineRunResult> {
  const group = startGroup(count, restarts);
  onGroup(group);
  try {
    return await runEngine({ ...options, workers: group.workers });
  } finally {
    await group.end();
  }
}
