/** Keys measured by a clock; they differ whenever a step is recomputed. */
const MEASURED = /^(time|system|perf)\/|^(eps|step_time)$|(_seconds|_per_second)$/;

/** Whether recomputing a step must give the same value for this key. */
export function isRepeatable(key: string): boolean {
  return !MEASURED.test(key);
}
