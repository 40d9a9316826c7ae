import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Given } from './reconcile.ts';
import type { Reading } from './series.ts';

/**
 * State of a failure mode: the step since which it is suspected, whether it was reported, and for how long it was not
 * observed.
 */
export interface Course {
  readonly since: number;
  readonly isOpen: boolean;
  readonly calm: number;
}

/** What the doctor keeps between two steps; part of the recipe's state, so that a resumed run reports the same. */
export interface DoctorState {
  /** Reading of the first step. */
  readonly start: Reading | null;
  /** Evaluation of the starting policy; null if there was none. Checkpoints of earlier versions lack it. */
  readonly origin?: Reading | null;
  /** Readings of the latest steps, oldest first. */
  readonly recent: readonly Reading[];
  readonly courses: Readonly<Partial<Record<FailureMode, Course>>>;
  /** Changes that recent remedies named, oldest first. Checkpoints of earlier versions lack them. */
  readonly given?: readonly Given[];
  /** Why the run must pause at the next boundary; null if it need not. */
  readonly hold: PauseCause | null;
}

export const FRESH_DOCTOR: DoctorState = { start: null, origin: null, recent: [], courses: {}, given: [], hold: null };

/** The first step of a suspicion that is still open; null if there is none. */
export function suspectedSince({ courses }: DoctorState): number | null {
  const since = Object.values(courses).map((course) => course.since);
  return since.length > 0 ? Math.min(...since) : null;
}
