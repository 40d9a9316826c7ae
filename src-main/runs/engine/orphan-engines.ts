import { readFileSync, realpathSync } from 'node:fs';
import type { Run } from '#contract/api/runs/run-state.ts';
import { isDiskFull } from '../../disk/disk-full.ts';
import { inTransaction } from '../../store/database.ts';
import type { Store } from '../../store/open-store.ts';
import { endAttempt, listAttempts } from '../../store/queries/attempts.ts';
import { endRun, runsInState } from '../../store/queries/runs.ts';

/** The words of a process's command line, or null where the system does not tell. */
function commandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
}

/** What an engine's command line says of it: which run it computes, and of the data folder at which place. */
export function engineTag(run: string, home: string): string {
  return `keel-run=${run}@${realpathSync.native(home)}`;
}

/**
 * An engine leaves when its channel closes, but one inside a long step notices late: two must never share a device. The
 * engine of another data folder, which a copied store names as well, is left alone.
 */
function endEngine(pid: number, run: Run, home: string): void {
  if (!commandLine(pid)?.split('\0').includes(engineTag(run.id, home))) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has left by itself in the meantime.
  }
}

/** A run whose end the store had no room for. */
export interface Unclosed {
  readonly run: Run;
  readonly error: NonNullable<Run['error']>;
}

/**
 * Closes what a host that died has left open: engines that still run are ended, runs that were under way become
 * `interrupted` and can be resumed. Gives those that a full disk has kept from being closed.
 */
export function closeAbandonedRuns(store: Store, home: string, now: number): readonly Unclosed[] {
  const unclosed: Unclosed[] = [];
  const abandoned = runsInState(store.read, ['queued', 'running', 'paused']);
  for (const run of abandoned) {
    const open = listAttempts(store.read, run.number).filter((attempt) => attempt.endedAt === null);
    for (const { enginePid } of open) if (enginePid !== null) endEngine(enginePid, run, home);
    const error = {
      code: 'host_ended',
      why: 'The program that ran it ended without closing it.',
      fix: `Resume it: keel resume ${run.id}`,
      kind: 'expected' as const,
    };
    try {
      inTransaction(store.write, () => {
        for (const { number } of open) endAttempt(store.write, run.number, number, now, 'host ended');
        endRun(store.write, run.number, { state: 'interrupted', at: now, summary: null, error });
      });
    } catch (thrown) {
      if (!isDiskFull(thrown)) throw thrown;
      unclosed.push({ run, error });
    }
  }
  return unclosed;
}
