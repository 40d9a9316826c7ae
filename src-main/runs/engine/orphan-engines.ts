import { readFileSync, realpathSync } from 'node:fs';
import type { Run } from '#contract/api/runs/run-state.ts';
import { isDiskFull } from '../../disk/disk-full.ts';
import { inTransaction } from '../../store/database.ts';
import type { Store } from '../../store/open-store.ts';
import { endAttempt, listAttempts } from '../../store/queries/attempts.ts';
import { endRun, runsInState, setState } from '../../store/queries/runs.ts';

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

/** Whether a run had only waited for its device: nothing of it is lost, and it keeps its place in the queue. */
function onlyWaited(run: Run, active: readonly Run[], opened: ReadonlySet<string>): boolean {
  if (run.recipe !== 'pipeline') return run.state === 'queued' && !opened.has(run.id);
  const stages = active.filter(({ parent }) => parent === run.id);
  return run.state === 'queued' || (stages.length > 0 && stages.every((stage) => onlyWaited(stage, active, opened)));
}

/**
 * Cleans up after a host that died: engines that are still running are killed, runs that waited stay queued, and the
 * other active runs become `interrupted` and can be resumed. Returns the runs that could not be closed because the disk is full.
 */
export function closeAbandonedRuns(store: Store, home: string, now: number): readonly Unclosed[] {
  const unclosed: Unclosed[] = [];
  const abandoned = runsInState(store.read, ['queued', 'running', 'paused']);
  const openOf = ({ number }: Run) => listAttempts(store.read, number).filter(({ endedAt }) => endedAt === null);
  const opened = new Set(abandoned.filter((run) => openOf(run).length > 0).map(({ id }) => id));
  const waiting = new Set(abandoned.filter((run) => onlyWaited(run, abandoned, opened)).map(({ id }) => id));
  for (const run of abandoned) {
    // A stage waits as long as its pipeline does.
    if (waiting.has(run.parent ?? run.id)) {
      // The stored state of a pipeline whose stage waits is `running`.
      if (run.recipe === 'pipeline') inTransaction(store.write, () => setState(store.write, run.number, 'queued'));
      continue;
    }
    const open = openOf(run);
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
