import { readFileSync, realpathSync } from 'node:fs';
import type { Run } from '#contract/api/runs/run-state.ts';
import { isDiskFull } from '../../disk/disk-full.ts';
import { inTransaction } from '../../store/database.ts';
import type { Store } from '../../store/open-store.ts';
import { endAttempt, listAttempts } from '../../store/queries/attempts.ts';
import { endRun, runsInState } from '../../store/queries/runs.ts';

/** A process's command line, or null if the system does not provide it. */
function commandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
}

/** Identifies an engine on its command line: the run that it computes, and the data folder of that run. */
export function engineTag(run: string, home: string): string {
  return `keel-run=${run}@${realpathSync.native(home)}`;
}

/**
 * Kills an orphaned engine. An engine exits when its channel closes, but it may notice late during a long step, and two
 * engines must never share a device. An engine of another data folder, which a copied store also lists, is left alone.
 */
function endEngine(pid: number, run: Run, home: string): void {
  if (!commandLine(pid)?.split('\0').includes(engineTag(run.id, home))) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}

/** A run whose end could not be stored because the store had no space. */
export interface Unclosed {
  readonly run: Run;
  readonly error: NonNullable<Run['error']>;
}

/**
 * Cleans up after a host that died: engines that are still running are killed, and active runs become `interrupted` and
 * can be resumed. Returns the runs that could not be closed because the disk is full.
 */
export function closeAbandonedRuns(store: Store, home: string, now: number): readonly Unclosed[] {
  const unclosed: Unclosed[] = [];
  const abandoned = runsInState(store.read, ['queued', 'running', 'paused']);
  for (const run of abandoned) {
    const open = listAttempts(store.read, run.number).filter((attempt) => attempt.endedAt === null);
    for (const { enginePid } of open) if (enginePid !== null) endEngine(enginePid, run, home);
    const error = {
      code: 'host_ended',
      why: 'The process that hosted this run exited without closing it.',
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
