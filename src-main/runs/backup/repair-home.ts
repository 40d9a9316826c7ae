import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import { readHostRecord, takeHostLock } from '../../store/host-lock.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { readRun } from '../../store/queries/runs.ts';
import { copyStore, moveStoreAside, restoreBackup, soundBackups } from '../../store/repair-store.ts';
import { addRunRows, keepParents, runIds } from '../../store/run-rows.ts';
import type { SkippedFolder } from './read-run-folder.ts';
import { rebuildRuns, settleRuns } from './rebuild-runs.ts';

/** Runs restored from a backup. */
interface MergedBackup {
  readonly backup: string;
  readonly runs: readonly string[];
}

/** Adds the runs of one backup that the store lacks and whose folders exist. */
function mergeOne(store: Store, home: string, backup: string, place: string): readonly string[] {
  const copy = join(place, 'store.sqlite');
  copyStore(backup, copy);
  // Migrates the copy to the current schema.
  openStore(copy, { home, isRepair: true }).close();
  const isMissing = (id: string) => readRun(store.write, id) === null && existsSync(join(home, 'runs', id));
  const missing = runIds(copy).filter(isMissing);
  if (missing.length === 0) return [];
  keepParents(copy, [...missing, ...runIds(store.path)]);
  addRunRows(store.write, copy, missing);
  return missing;
}

/**
 * Adds rows from the sound backups of a store: runs that it lacks and whose folders exist.
 * @param restored the backup from which the store was restored, or null if it was not restored
 */
function mergeBackups(store: Store, home: string, restored: string | null): readonly MergedBackup[] {
  const others = soundBackups(store.path).filter((backup) => backup !== restored);
  return others.flatMap((backup) => {
    const place = mkdtempSync(join(home, '.repair-'));
    try {
      const runs = mergeOne(store, home, backup, place);
      return runs.length > 0 ? [{ backup, runs }] : [];
    } finally {
      removeBelow(home, place);
    }
  });
}

export interface Repair {
  /** The error code that made a repair of the store necessary, or null if it was sound. */
  readonly fault: string | null;
  /** Where the damaged store was moved; null if it was sound or missing. */
  readonly asideFolder: string | null;
  /** The backup that replaced it. */
  readonly restoredFrom: string | null;
  /** Runs restored from other backups. */
  readonly merged: readonly MergedBackup[];
  /** Runs that were rebuilt only from their folders. */
  readonly rebuiltRuns: readonly string[];
  /** Folders from which no run can be read; they are left unchanged. */
  readonly skipped: readonly SkippedFolder[];
  /** Runs of the backup whose folders no longer exist. */
  readonly withoutFolder: readonly string[];
}

export const STORE_FILE = 'store.sqlite';

const DAMAGES = new Set(['store_corrupted', 'store_missing']);

/** The error code of a damaged store, or null if it is sound. */
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
 * Repairs a data folder whose store is damaged or missing: the remains are moved aside completely, the sound backup
 * with the most runs replaces it, and other backups and then the run folders add missing runs. A sound store is only
 * completed. Whatever cannot be used is reported and left in place.
 * Throws `home_in_use` while another process owns the folder.
 */
export function repairHome(home: string, now: number): Repair {
  const lock = takeHostLock(home, '', now);
  if (!lock) {
    throw new KeelError({
      code: 'home_in_use',
      why: `The data folder ${home} is in use by process ${readHostRecord(home)?.pid ?? 'unknown'}.`,
      fix: 'End that process, then start the repair again.',
    });
  }
  try {
    return repair(home, now);
  } finally {
    lock.release();
  }
}
