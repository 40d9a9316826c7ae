import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { readHostRecord, takeHostLock } from '../store/host-lock.ts';
import { openStore } from '../store/open-store.ts';
import { moveStoreAside, restoreBackup } from '../store/repair-store.ts';
import { rebuildRuns } from './rebuild-runs.ts';

export interface Repair {
  /** Where the damaged store lies now; null when the store was sound. */
  readonly asideFolder: string | null;
  /** The backup that was taken in its place. */
  readonly restoredFrom: string | null;
  /** Runs that were built again from their folders. */
  readonly rebuiltRuns: readonly string[];
}

export const STORE_FILE = 'store.sqlite';

function isDamaged(path: string): boolean {
  try {
    openStore(path).close();
    return false;
  } catch (error) {
    if (error instanceof KeelError && error.code === 'store_corrupted') return true;
    throw error;
  }
}

/**
 * Mends a data folder whose store is damaged: the store is moved aside whole, the newest sound backup takes its place,
 * and runs that it lacks are built again from their folders. A sound store is only filled up.
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
    const path = join(home, STORE_FILE);
    const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
    const asideFolder = isDamaged(path) ? moveStoreAside(path, stamp) : null;
    const restoredFrom = asideFolder ? restoreBackup(path) : null;
    const store = openStore(path);
    const rebuiltRuns = rebuildRuns(store, home, now);
    store.close();
    return { asideFolder, restoredFrom, rebuiltRuns };
  } finally {
    lock.release();
  }
}
