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
