import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { ROLLBACK_EVENT } from '#contract/run-events.ts';
import { listCheckpoints as foldersOf } from '#engine/session/checkpoint/checkpoints.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import { durably } from '../../store/database.ts';
import { abandonAfter, markCleaned, uncleanedStep } from '../../store/queries/branches.ts';
import { upsertChange } from '../../store/queries/events.ts';
import type { HostSetup } from '../host/host-setup.ts';
import type { Recorder } from '../host/recorder.ts';
import { verifyBeforeRollback } from './verify-checkpoint.ts';

/** A rollback that has been decided. */
export interface Rollback {
  /** Step of the checkpoint to go back to; 0 is the start. */
  readonly step: number;
  /** Config changes that take effect from the following step. */
  readonly changes: readonly { readonly path: string; readonly value: number }[];
  readonly goOn: boolean;
  readonly by: 'person' | 'doctor';
}

/**
 * Rolls back a run that has no engine: one transaction moves the rows after the step aside and records the rollback,
 * then the folders are removed. A rollback by the doctor goes to the newest intact checkpoint up to its step. If the
 * host dies in between, the removal is completed at the next start.
 */
export async function rollBack(setup: HostSetup, recorder: Recorder, run: Run, rollback: Rollback): Promise<void> {
  const { changes, goOn, by } = rollback;
  const { step, rejected } = by === 'doctor' ? await newestWhole(run, rollback.step) : { ...rollback, rejected: [] };
  const at = setup.now();
  let branch = 0;
  recorder.write((db, number) => {
    branch = abandonAfter(db, number, step, at);
    for (const change of changes) upsertChange(db, number, { step: step + 1, ...change }, at);
  });
  recorder.note(ROLLBACK_EVENT, 'warning', { to: step, from: run.lastStep, changes: [...changes], goOn, by });
  for (const { step: of, ...detail } of rejected) recorder.note('checkpoint_rejected', 'warning', detail, of);
  while (!recorder.flush(durably)) await setup.signals.next(run.id);
  cleanAbandoned(setup, run);
  recorder.note('branch_kept', 'info', { branch, after: step });
}

interface Rejected {
  readonly step: number;
  readonly folder: string;
  readonly why: string;
}

/** For the doctor, which asks no one: if its checkpoint is damaged, the one before it is used; 0 is the start. */
async function newestWhole(run: Run, wanted: number): Promise<{ step: number; rejected: readonly Rejected[] }> {
  const rejected: Rejected[] = [];
  for (const candidate of foldersOf(run.folder).toReversed()) {
    if (candidate.step > wanted) continue;
    try {
      await verifyBeforeRollback(run.folder, candidate.step);
      return { step: candidate.step, rejected };
    } catch (error) {
      if (!(error instanceof KeelError)) throw error;
      rejected.push({ ...candidate, why: error.why });
    }
  }
  return { step: 0, rejected };
}

/** Removes the checkpoint folders of an abandoned branch: a resume must never start from one of them. */
export function cleanAbandoned({ store }: HostSetup, run: Run): void {
  const step = uncleanedStep(store.read, run.number);
  if (step === null) return;
  for (const one of foldersOf(run.folder).filter((candidate) => candidate.step > step))
    removeBelow(run.folder, one.folder);
  durably(store.write, () => markCleaned(store.write, run.number));
}
