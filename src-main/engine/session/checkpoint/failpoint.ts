/**
 * Named places where a test can make a process fail: `KEEL_FAIL_AT=checkpoint.before_rename:kill` kills it with
 * SIGKILL, `…:enospc` throws the error of a full disk, `…:nan` makes the caller corrupt a number. `@n` after the name
 * waits for the n-th call. Inactive without the variable.
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

/** Fails here if the environment requests it. Returns true if the caller must corrupt a number. */
export function failpoint(name: Failpoint): boolean {
  const setting = process.env.KEEL_FAIL_AT;
  if (!setting) return false;
  const [place, action] = setting.split(':');
  const [wanted, count] = (place ?? '').split('@');
  if (wanted !== name) return false;
  const passed = (passages.get(name) ?? 0) + 1;
  passages.set(name, passed);
  if (passed < Number(count ?? 1)) return false;
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'enospc') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  return action === 'nan';
}
