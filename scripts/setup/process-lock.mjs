import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The start time of a process as the kernel counts it, so that a recycled process id is not taken for the owner.
 * @param {number} pid
 * @returns {string} empty where the platform does not tell
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

/** @param {string} owners content of a lock file: a line for each process that it is held for */
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
 * @returns {string | null} content, null when the file is gone
 */
function readOwner(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/**
 * Takes a dead owner's lock away. Renaming first makes sure that only one of several waiters removes it, and a lock
 * that changed hands in between is put back.
 * @param {string} path
 * @param {string} owner what the dead owner wrote
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
 * Runs `work` while holding a lock file. Waits for a living owner, takes over from a dead one. A process that `work`
 * starts and names to `share` keeps the lock too, should this one be killed before it.
 * @template T
 * @param {string} path the lock file
 * @param {(pid: string) => void} onWait called once when somebody else holds the lock
 * @param {(share: (pid: number) => void) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work) {
  mkdirSync(dirname(path), { recursive: true });
  let self = identify(process.pid);
  let announced = false;
  // An empty lock is one that its owner is just writing, or died while writing: it is given a few looks.
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
 * @returns {boolean} true when the lock is ours now
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
