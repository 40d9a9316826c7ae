import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { readHostRecord, takeHostLock } from '../../store/host-lock.ts';
import { openStore } from '../../store/open-store.ts';
import { moveStoreAside, restoreBackup } from '../../store/repair-store.ts';
import { runIds } from '../../store/run-rows.ts';
import { type MergedBackup, mergeBackups } from './merge-backups.ts';
import type { SkippedFolder } from './read-run-folder.ts';
import { rebuildRuns, settleRuns } from './rebuild-runs.ts';

export interface Repair {
  /** Why the store had to be made again: its error code, null when it was sound. */
  readonly fault: string | null;
  /** Where the damaged store lies now; null when it was sound or missing. */
  readonly asideFolder: string | null;
  /** The backup that was taken in its place. */
  readonly restoredFrom: string | null;
  /** Runs that came out of other backups. */
  readonly merged: readonly MergedBackup[];
  /** Runs that were built again from their folders alone. */
  readonly rebuiltRuns: readonly string[];
  /** Folders that tell no run; they stay as they are. */
  readonly skipped: readonly SkippedFolder[];
  /** Runs of the backup whose folders are gone. */
  readonly withoutFolder: readonly string[];
}

export const STORE_FILE = 'store.sqlite';

const DAMAGES = new Set(['store_corrupted', 'store_missing']);

/** The code of what is wrong with the store, null when it is sound. */
function faultOf(path: string): string | null {
  try {
    openStore(path).close();
    return null;
  } catch (error) {
    if (error instanceof KeelError && DAMAGES.has(error.code)) return error.code;
    throw error;
  }
}

function repair(home: string, now: number): Repair {
  const path = join(home, STORE_FILE);
  const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
  const fault = faultOf(path);
  const asideFolder = fault ? moveStoreAside(path, stamp) : null;
  const restoredFrom = fault ? restoreBackup(path) : null;
  const store = openStore(path, { isRepair: true });
  try {
    const restored = restoredFrom ? runIds(path) : [];
    const merged = mergeBackups(store, home, restoredFrom);
    const withoutFolder = settleRuns(store, [...restored, ...merged.flatMap(({ runs }) => runs)], now);
    const { rebuilt, skipped } = rebuildRuns(store, home, now);
    return { fault, asideFolder, restoredFrom, merged, rebuiltRuns: rebuilt, skipped, withoutFolder };
  } finally {
    store.close();
  }
}

/**
 * Mends a data folder whose store is damaged or gone: what is left of it is moved aside whole, the sound backup that
 * knows the most runs takes its place, other backups and at last the run folders add what it lacks. A sound store is
 * only filled up. What cannot be used is named, and stays.
 * Throws `home_in_use` while another process owns the folder.
 */
export function repairHome(home: string, now: number): Repair {
  const lock = takeHostLock(home, '', now);
  if (!lock) {
    throw new KeelError({
      code: 'home_in_use',
      why: `The data folder ${home} is in use by process ${readHostRecord(home)?.pid ?? 'unknown'}.`,
      fix: 'End that process, then repair.',
    });
  }
  try {
    return repair(home, now);
  } finally {
    lock.release();
  }
}
