import type { DoctorAction, PauseCause, Remedy, RunFinding } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Detector, Setting, Sign } from './detector.ts';
import type { Course, DoctorState } from './doctor-state.ts';
import { type Given, reconcile } from './reconcile.ts';
import { valueInForce } from './remedies.ts';
import { createSeries, KEPT, type Reading } from './series.ts';

/**
 * Number of steps without a sign after which a finding is closed, so that an intermittent one is reported only once.
 */
const CALM = 3;

/** A finding before its samples and its action are known. */
export type Diagnosis = Omit<RunFinding, 'samples' | 'action'>;

export interface Examined {
  readonly state: DoctorState;
  /** Findings that opened or closed at this step. */
  readonly told: readonly Diagnosis[];
}

export type Actions = (regime: FailureMode) => DoctorAction;

function nextCourse(course: Course | undefined, sign: Sign | null, step: number): Course | null {
  if (!sign) {
    if (!course || course.calm + 1 >= CALM) return null;
    return { ...course, calm: course.calm + 1 };
  }
  return { since: course?.since ?? step, isOpen: course?.isOpen || sign.isAlarm, calm: 0 };
}

function diagnose(regime: FailureMode, { cause, evidence }: Sign, since: number, remedy: Remedy): Diagnosis {
  return { regime, state: 'open', since, cause, evidence: [...evidence], remedy };
}

/** Number of changes that are kept. */
const KEPT_CHANGES = 12;

function withGiven(
  given: readonly Given[],
  regime: FailureMode,
  { path, value, isLive }: Remedy,
  step: number,
  setting: Setting,
): readonly Given[] {
  const from = path === null ? null : valueInForce(path, setting);
  if (path === null || from === null || typeof value !== 'number') return given;
  return [...given, { regime, step, path, value, from, isLive }].slice(-KEPT_CHANGES);
}

function closed(regime: FailureMode, since: number): Diagnosis {
  const remedy = { text: '', path: null, value: null, isLive: false };
  return {
    regime,
    state: 'closed',
    since,
    cause: 'Not observed for three steps.',
    evidence: [],
    remedy,
  };
}

/**
 * Examines a completed step. Pure: the same state, reading and setting give the same result, so that a resumed run
 * repeats what was reported.
 */
export function examine(
  state: DoctorState,
  reading: Reading,
  detectors: readonly Detector[],
  setting: Setting,
  action: Actions,
): Examined {
  const start = state.start ?? reading;
  const recent = [...state.recent, reading].slice(-KEPT);
  const origin = state.origin ?? null;
  const series = createSeries(start, recent, origin);
  const courses: Partial<Record<FailureMode, Course>> = {};
  // Of this step where the detector has already looked, otherwise of the step before.
  const courseOf = (regime: FailureMode) => courses[regime] ?? state.courses[regime];
  const since = (regime: FailureMode) => courseOf(regime)?.since ?? null;
  const isOpen = (regime: FailureMode) => courseOf(regime)?.isOpen ?? false;
  let given = state.given ?? [];
  const told: Diagnosis[] = [];
  let hold: PauseCause | null = null;
  for (const { regime, detect, isDue: looks } of detectors.filter((one) => action(one.regime) !== 'off')) {
    const known = state.courses[regime];
    if (looks?.(series) === false) {
      if (known) courses[regime] = known;
      continue;
    }
    const sign = detect(series, setting);
    const course = nextCourse(known, sign, reading.step);
    if (course) courses[regime] = course;
    if (known?.isOpen && !course) told.push(closed(regime, known.since));
    if (!sign?.isAlarm || !course) continue;
    if (!known?.isOpen) {
      const remedy = reconcile(regime, sign.remedy, { step: reading.step, given, isOpen, since }, setting);
      given = withGiven(given, regime, remedy, reading.step, setting);
      told.push(diagnose(regime, sign, course.since, remedy));
    }
    const isDue = !known?.isOpen || sign.isUrgent === true;
    if (isDue && action(regime) === 'pause') hold ??= { by: 'doctor', why: sign.cause, regime };
  }
  return { state: { start, origin, recent, courses, given, hold }, told };
}
