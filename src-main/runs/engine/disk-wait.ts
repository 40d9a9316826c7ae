import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { diskRoom, waitingForDisk, whatToFree } from '../../disk/disk-full.ts';

/** Why a run waits of which something cannot be written to a path. */
export function diskWait(path: string): PauseCause {
  return { by: 'disk', why: waitingForDisk(diskRoom(path)), regime: null };
}

/** Why a run waits whose store cannot be written for now, other than for lack of room. */
export function storeWait(error: Error): PauseCause {
  const why = error instanceof KeelError ? error.why.replace(/\.$/, '') : error.message;
  return { by: 'store', why: `waiting for the run store: ${why}`, regime: null };
}

/** Code of the error of a run whose end could not be stored. */
export const NOT_STORED = 'run_not_stored';

/** What a run has for an error whose end could not be stored. */
export function unstoredEnd(id: string, path: string): NonNullable<Run['error']> {
  const room = diskRoom(path);
  const isFull = room.freeBytes < room.neededBytes;
  return {
    code: NOT_STORED,
    why: `The run was ended while ${isFull ? `the disk at ${room.mount} was full` : `the store ${path} could not be written`}, so its end and its last numbers could not be stored. They are computed again from its last checkpoint.`,
    fix: `${isFull ? whatToFree(room) : 'Check the disk and its connection'}, then: keel resume ${id}`,
    kind: 'expected',
  };
}

/** A run as it stands, which its row cannot say while the store has no room. */
export function withWait(run: Run, wait: PauseCause | null): Run {
  return wait ? { ...run, state: 'paused', pausedBecause: wait } : run;
}

const UNENDED: ReadonlySet<Run['state']> = new Set(['queued', 'running', 'paused']);

/** A run that has ended without a row that says so. */
export function withUnstoredEnd(run: Run, error: Run['error']): Run {
  return error && UNENDED.has(run.state) ? { ...run, state: 'interrupted', error, pausedBecause: null } : run;
}
