import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The start time of a process according to the kernel, so that a reused process id is not mistaken for the owner.
 * @param {number} pid
 * @returns {string} empty if the platform does not report it
 */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** @param {number} pid */
function identify(pid) {
  return `${pid} ${startTime(pid)}`;
}

/** @param {string} owners contents of a lock file: one line per process that holds it */
function isAlive(owners) {
  return owners.split('\n').some(isRunning);
}

/** @param {string} owner process id and start time */
function isRunning(owner) {
  const [pid = '', started = ''] = owner.split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return started === '' || startTime(Number(pid)) === started;
}

/**
 * @param {string} path
 * @returns {string | null} the contents; null if the file does not exist
 */
function readOwner(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/**
 * Removes a dead owner's lock. Renaming it first ensures that only one of several waiting processes removes it; a lock
 * that got a new owner in the meantime is put back.
 * @param {string} path
 * @param {string} owner the contents that the dead owner wrote
 */
function breakLock(path, owner) {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readOwner(aside) === owner) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/**
 * Runs `work` while holding a lock file. Waits for a living owner and takes over from a dead one. A process that `work`
 * starts and passes to `share` also holds the lock, in case this process is killed first.
 * @template T
 * @param {string} path the lock file
 * @param {(pid: string) => void} onWait called once if another process holds the lock
 * @param {(share: (pid: number) => void) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work) {
  mkdirSync(dirname(path), { recursive: true });
  let self = identify(process.pid);
  let announced = false;
  // The owner of an empty lock is still writing it, or died while writing it: check a few times.
  let emptyLooks = 0;
  while (!tryTake(path, self)) {
    const owner = readOwner(path);
    emptyLooks = owner === '' ? emptyLooks + 1 : 0;
    if (owner === null) continue;
    if (owner === '' ? emptyLooks > 10 : !isAlive(owner)) breakLock(path, owner);
    else {
      if (!announced && owner !== '') onWait(owner.split(' ')[0] ?? '');
      announced ||= owner !== '';
      await delay(200);
    }
  }
  const share = (/** @type {number} */ pid) => {
    self += `\n${identify(pid)}`;
    writeFileSync(path, self);
  };
  try {
    return await work(share);
  } finally {
    if (readOwner(path) === self) rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} self
 * @returns {boolean} true if this process now holds the lock
 */
function tryTake(path, self) {
  try {
    writeFileSync(path, self, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}
