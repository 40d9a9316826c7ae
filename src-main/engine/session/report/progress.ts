import type { Emit, Point } from '../context.ts';

export interface Progress {
  /** Reports that a step is done; returns its time as a metric. */
  step(step: number): readonly Point[];
}

/** Reports progress at every step; the receiver computes the rate and the remaining time. */
export function createProgress(
  emit: Emit,
  work: { readonly phase: string; readonly total: number; readonly unit: string },
  done: number,
): Progress {
  let last = performance.now();
  emit.progress({ ...work, done });
  return {
    step(step) {
      const now = performance.now();
      const seconds = (now - last) / 1000;
      last = now;
      emit.progress({ ...work, done: step });
      return [{ key: 'time/step', value: seconds }];
    },
  };
}

/** Seconds of the phases of an iteration, and their sum. */
export interface Stopwatch {
  /** Runs a phase and adds its time. */
  time<T>(phase: string, run: () => T): T;
  /** `time/<phase>` in seconds, and the sum as `time/iteration`; resets the stopwatch. */
  points(): readonly Point[];
}

/** A stopwatch for the phases of one iteration. */
export function createStopwatch(): Stopwatch {
  let seconds: Record<string, number> = {};
  return {
    time(phase, run) {
      const start = performance.now();
      const result = run();
      seconds[phase] = (seconds[phase] ?? 0) + (performance.now() - start) / 1000;
      return result;
    },
    points() {
      const points = Object.entries(seconds).map(([phase, value]) => ({ key: `time/${phase}`, value }));
      seconds = {};
      return [...points, { key: 'time/iteration', value: points.reduce((sum, point) => sum + point.value, 0) }];
    },
  };
}
