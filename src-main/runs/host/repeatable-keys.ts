/** Keys that a clock measures; they differ whenever a step is computed again. */
const MEASURED = /^(time|system|perf)\/|^(eps|step_time)$|(_seconds|_per_second)$/;

/** True when computing a step again must give the same value under this key. */
export function isRepeatable(key: string): boolean {
  return !MEASURED.test(key);
}
