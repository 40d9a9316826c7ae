import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isDiskFull } from '../disk/disk-full.ts';
import { closeToOthers, PRIVATE_FILE, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { storeError } from './sqlite-errors.ts';

/** Who owns a data folder. */
export interface HostRecord {
  readonly pid: number;
  readonly machine: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Where a second shell reaches the owner: path of a Unix socket or name of a pipe. */
  readonly socket: string;
  /** Real path of the data folder: a record that was copied with it is another owner's. */
  readonly home?: string;
}

export interface HostLock {
  release(): void;
}

const RECORD = 'host.json';

/** A connection that nothing points to is collected and closed, and its lock with it. */
const held = new Set<Database.Database>();

function takeExclusive(path: string): Database.Database | null {
  const lock = new Database(path, { timeout: 0 });
  try {
    // No rows are written: the open transaction alone holds the kernel's lock, which ends with the process.
    lock.pragma('journal_mode = DELETE');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return null;
    throw storeError(error, path);
  }
}

/**
 * Takes a data folder for this process, or gives null when another process holds it. The lock is the kernel's, on a
 * small SQLite file of its own: it ends with the process, however that ends, and a PID used again means nothing. The
 * folder is closed to other users where it stands open.
 */
export function takeHostLock(home: string, socket: string, now: number): HostLock | null {
  mkdirSync(home, { recursive: true, mode: PRIVATE_FOLDER });
  const folder = realpathSync(home);
  const lock = takeExclusive(join(folder, 'host.lock'));
  if (lock === null) return null;
  held.add(lock);
  const record: HostRecord = { pid: process.pid, machine: hostname(), since: now, socket, home: folder };
  try {
    writeFileSync(join(folder, RECORD), `${JSON.stringify(record)}\n`, { mode: PRIVATE_FILE });
  } catch (error) {
    // Others then look where the socket usually is; a full disk must not keep anybody from looking at runs.
    if (!isDiskFull(error)) throw error;
  }
  closeToOthers(folder);
  const release = () => {
    if (!held.delete(lock)) return;
    rmSync(join(folder, RECORD), { force: true });
    lock.close();
  };
  return { release };
}

/** What the owner of a data folder wrote about itself, or null. It may be stale: only the lock decides. */
export function readHostRecord(home: string): HostRecord | null {
  try {
    const folder = realpathSync(home);
    const record = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as HostRecord;
    return record.home === undefined || record.home === folder ? record : null;
  } catch {
    return null;
  }
}
