import { type RunFinding, runFindingSchema } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import { DOCTOR_EVENT } from '#contract/run-events.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readEventsNamed } from '../../store/queries/events.ts';

/** The doctor's open findings of a run, oldest first. */
export function openFindings(db: ReadableDb, run: number): readonly RunFinding[] {
  const open = new Map<FailureMode, RunFinding>();
  for (const { detail } of readEventsNamed(db, run, DOCTOR_EVENT)) {
    const finding = runFindingSchema.parse(detail);
    open.delete(finding.regime);
    if (finding.state === 'open') open.set(finding.regime, finding);
  }
  return [...open.values()];
}
