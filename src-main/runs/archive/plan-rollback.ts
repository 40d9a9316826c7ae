import type { RollbackPlan } from '#contract/api/runs/rollback.ts';
import type { Run, StoredCheckpoint } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { checkpointFault } from '#engine/session/checkpoint/checkpoints.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listCheckpoints } from '../../store/queries/checkpoints.ts';
import { openFindings } from '../findings/open-findings.ts';

/** Step of the newest usable checkpoint from before the first problem that the doctor suspects; 0 is the start. */
export function healthyStep(db: ReadableDb, run: number): number {
  const onDisk = listCheckpoints(db, run).filter((one) => one.removedBecause === null);
  const found = openFindings(db, run).map((finding) => finding.since);
  const since = found.length > 0 ? Math.min(...found) : (onDisk.at(-1)?.suspectedSince ?? Number.POSITIVE_INFINITY);
  return onDisk.findLast((one) => one.step < since && checkpointFault(one.folder) === null)?.step ?? 0;
}

/**
 * Plans a rollback and what it would discard. Throws `run_finished`, `rollback_pipeline`, `rollback_missing`,
 * `checkpoint_corrupt`.
 */
export function planRollback(db: ReadableDb, run: Run, wanted: number | 'healthy'): RollbackPlan {
  if (run.state === 'finished') {
    throw refusal('run_finished', `The run ${run.id} has finished.`, 'Start a new run from its config.');
  }
  if (run.recipe === 'pipeline') {
    throw refusal('rollback_pipeline', `${run.id} is a pipeline.`, 'Choose the run of one of its stages.');
  }
  const step = wanted === 'healthy' ? healthyStep(db, run.number) : wanted;
  const onDisk = listCheckpoints(db, run.number).filter((one) => one.removedBecause === null);
  const target = onDisk.find((one) => one.step === step);
  const others = () => `Use one of ${[0, ...usableSteps(onDisk)].join(', ')}.`;
  if (step !== 0 && !target) {
    throw refusal('rollback_missing', `The run ${run.id} has no checkpoint at step ${step}.`, others());
  }
  const fault = target ? checkpointFault(target.folder) : null;
  if (fault !== null) throw refusal('checkpoint_corrupt', fault, `${others()} Nothing was changed.`);
  const doomed = onDisk.filter((one) => one.step > step);
  return {
    step,
    lastStep: run.lastStep,
    steps: Math.max(0, (run.lastStep ?? 0) - step),
    checkpoints: doomed.length,
    bytes: doomed.reduce((sum, one) => sum + one.bytes, 0),
  };
}

function usableSteps(onDisk: readonly StoredCheckpoint[]): readonly number[] {
  return onDisk.filter((one) => checkpointFault(one.folder) === null).map((one) => one.step);
}

function refusal(code: string, why: string, fix: string): KeelError {
  return new KeelError({ code, why, fix });
}
