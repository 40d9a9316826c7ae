/**
 * Named places at which a test may fail a process: `KEEL_FAIL_AT=checkpoint.before_rename:kill` kills it with SIGKILL,
 * `…:enospc` throws what a full disk throws. `@n` after the name waits for the n-th passage. Inert without the variable.
 */
export const FAILPOINTS = [
  'checkpoint.before_write',
  'checkpoint.mid_tensor',
  'checkpoint.before_sync',
  'checkpoint.before_rename',
  'checkpoint.after_rename',
  'step.before_update',
  'step.after_update',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

const passages = new Map<string, number>();

/** Fails here when the environment asks for it. */
export function failpoint(name: Failpoint): void {
  const wish = process.env.KEEL_FAIL_AT;
  if (!wish) return;
  const [place, action] = wish.split(':');
  const [wanted, count] = (place ?? '').split('@');
  if (wanted !== name) return;
  const passed = (passages.get(name) ?? 0) + 1;
  passages.set(name, passed);
  if (passed < Number(count ?? 1)) return;
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'enospc') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}
