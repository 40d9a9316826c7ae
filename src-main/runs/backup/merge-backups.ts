import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeBelow } from '../../disk/remove-below.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { readRun } from '../../store/queries/runs.ts';
import { copyStore, soundBackups } from '../../store/repair-store.ts';
import { addRunRows, keepParents, runIds } from '../../store/run-rows.ts';

/** Runs that came out of a backup. */
export interface MergedBackup {
  readonly backup: string;
  readonly runs: readonly string[];
}

/** Adds the runs of one backup that the store lacks and whose folders are there. */
function mergeOne(store: Store, home: string, backup: string, place: string): readonly string[] {
  const copy = join(place, 'store.sqlite');
  copyStore(backup, copy);
  // Brings the copy to this schema.
  openStore(copy, { home, isRepair: true }).close();
  const isMissing = (id: string) => readRun(store.write, id) === null && existsSync(join(home, 'runs', id));
  const missing = runIds(copy).filter(isMissing);
  if (missing.length === 0) return [];
  keepParents(copy, [...missing, ...runIds(store.path)]);
  addRunRows(store.write, copy, missing);
  return missing;
}

/**
 * Fills a store up from its sound backups: rows of runs that it lacks, as far as their folders exist.
 * @param restored the backup that the store was made of, null when it is its own
 */
export function mergeBackups(store: Store, home: string, restored: string | null): readonly MergedBackup[] {
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
