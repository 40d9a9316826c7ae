import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isDiskFull } from '../disk/disk-full.ts';
import { closeToOthers, PRIVATE_FILE, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { storeError } from './sqlite-errors.ts';

/** The process that owns a data folder. */
export interface HostRecord {
  readonly pid: number;
  readonly machine: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Where other shells reach the owner: path of a Unix socket or name of a pipe. */
  readonly socket: string;
  /** Real path of the data folder; identifies records that were copied with the folder. */
  readonly home?: string;
}

export interface HostLock {
  release(): void;
}

const RECORD = 'host.json';

/** Keeps references to open locks: an unreferenced connection is garbage-collected, which releases its lock. */
const held = new Set<Database.Database>();

function takeExclusive(path: string): Database.Database | null {
  const lock = new Database(path, { timeout: 0 });
  try {
    // No rows are written: the open transaction holds the kernel's lock, which ends with the process.
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
 * Takes ownership of a data folder for this process; returns null if another process holds it. This is a kernel lock on
 * a separate small SQLite file: it ends with the process in every case and does not depend on PIDs. If the folder is
 * open to other users, its permissions are restricted.
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
    // Other shells then use the default socket; a full disk must not prevent the user from viewing runs.
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

/** The record written by the owner of a data folder, or null. It may be stale: only the lock is authoritative. */
export function readHostRecord(home: string): HostRecord | null {
  try {
    const folder = realpathSync(home);
    const record = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as HostRecord;
    return record.home === undefined || record.home === folder ? record : null;
  } catch {
    return null;
  }
}
