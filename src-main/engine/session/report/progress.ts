import type { Emit, Point } from '../context.ts';

export interface Progress {
  /** Tells that a step is done; gives its time as a metric. */
  step(step: number): readonly Point[];
}

/** Tells of progress at every step; rate and time left are worked out by whoever shows them. */
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
