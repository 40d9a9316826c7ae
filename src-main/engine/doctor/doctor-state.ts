import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Reading } from './series.ts';

/** Where a regime stands: suspected since a step, told or not, and how long nothing was seen of it. */
export interface Course {
  readonly since: number;
  readonly isOpen: boolean;
  readonly calm: number;
}

/** What the doctor remembers between two steps; a part of the recipe's state, so that a resumed run says the same. */
export interface DoctorState {
  /** The first step. */
  readonly start: Reading | null;
  /** The latest steps, oldest first. */
  readonly recent: readonly Reading[];
  readonly courses: Readonly<Partial<Record<FailureMode, Course>>>;
  /** Why the run has to wait at the next boundary; null when it has not. */
  readonly hold: PauseCause | null;
}

export const FRESH_DOCTOR: DoctorState = { start: null, recent: [], courses: {}, hold: null };

/** The first step at which something was suspected that has not gone away; null while nothing is. */
export function suspectedSince({ courses }: DoctorState): number | null {
  const since = Object.values(courses).map((course) => course.since);
  return since.length > 0 ? Math.min(...since) : null;
}
