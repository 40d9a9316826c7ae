import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { diskRoom, waitingForDisk, whatToFree } from '../../disk/disk-full.ts';

/** The pause cause of a run that cannot write to a path. */
export function diskWait(path: string): PauseCause {
  return { by: 'disk', why: waitingForDisk(diskRoom(path)), regime: null };
}

/** The pause cause of a run whose store cannot be written for a reason other than a full disk. */
export function storeWait(error: Error): PauseCause {
  const why = error instanceof KeelError ? error.why.replace(/\.$/, '') : error.message;
  return { by: 'store', why: `waiting for the run store: ${why}`, regime: null };
}

/** Error code of a run whose end could not be stored. */
export const NOT_STORED = 'run_not_stored';

/** The error of a run whose end could not be stored. */
export function unstoredEnd(id: string, path: string): NonNullable<Run['error']> {
  const room = diskRoom(path);
  const isFull = room.freeBytes < room.neededBytes;
  const cause = isFull ? `the disk at ${room.mount} was full` : `the store ${path} could not be written`;
  return {
    code: NOT_STORED,
    why:
      `The run ended while ${cause}, so its end and its last metrics could not be stored. ` +
      'Resuming recomputes them from its last checkpoint.',
    fix: `${isFull ? whatToFree(room) : 'Check the disk and its connection'}, then: keel resume ${id}`,
    kind: 'expected',
  };
}

/** The actual state of a run whose row cannot be updated because its store has no space. */
export function withWait(run: Run, wait: PauseCause | null): Run {
  return wait ? { ...run, state: 'paused', pausedBecause: wait } : run;
}

const UNENDED: ReadonlySet<Run['state']> = new Set(['queued', 'running', 'paused']);

/** The actual state of a run whose end is missing from its row. */
export function withUnstoredEnd(run: Run, error: Run['error']): Run {
  return error && UNENDED.has(run.state) ? { ...run, state: 'interrupted', error, pausedBecause: null } : run;
}
