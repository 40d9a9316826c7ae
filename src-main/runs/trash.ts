import type { Removal, TrashEntry } from '#contract/api/keeping.ts';
import type { Run } from '#contract/api/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { durably } from '../store/database.ts';
import type { Store } from '../store/open-store.ts';
import { listDependents } from '../store/queries/lineage.ts';
import { deleteRun, listStages } from '../store/queries/runs.ts';
import { deleteTrash, foldersOf, insertTrash, listTrash, newestRunAt, type TrashRow } from '../store/queries/trash.ts';
import { folderBytes } from './folder-bytes.ts';
import { removeRunFolder } from './run-folder.ts';
import { unknownRun } from './watch-run.ts';

const DAY = 86_400_000;
/** How long a removed run can be restored. */
const KEPT_MILLISECONDS = 30 * DAY;
/** What the trash may take before its oldest runs go; the newest always stays, so that it can be undone. */
const BUDGET_BYTES = 20e9;

export interface RemoveWishes {
  /** Also when another run was built on it. */
  readonly force: boolean;
  /** Not into the trash. */
  readonly now: boolean;
}

/** Removes what the trash holds for good. */
function purge(store: Store, rows: readonly TrashRow[]): Removal {
  for (const { run } of rows) {
    const folders = foldersOf(store.read, run);
    durably(store.write, () => deleteRun(store.write, run.number));
    for (const folder of folders) removeRunFolder(folder);
  }
  const removed = rows.flatMap(({ run, stages }) => [run.id, ...stages.map(({ id }) => id)]);
  return { removed, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0), isRestorable: false };
}

function findInTrash(store: Store, wanted: string): TrashRow | null {
  const rows = listTrash(store.read);
  if (wanted === 'latest') return rows[0] ?? null;
  const exact = rows.find(({ run }) => run.id === wanted);
  const matches = rows.filter(({ run }) => run.id.startsWith(wanted) || run.id.endsWith(wanted));
  return exact ?? (matches.length === 1 ? (matches[0] ?? null) : null);
}

/**
 * Moves a run with its stages into the trash, where its folders stay, or removes it for good.
 * Throws `run_in_use` when another run was built on it, unless forced.
 */
export function removeRun(store: Store, run: Run, { force, now }: RemoveWishes, at: number): Removal {
  const doomed = [run, ...listStages(store.read, run.id)];
  const ids = doomed.map((one) => one.id as string);
  const dependents = ids.flatMap((id) => listDependents(store.read, id)).filter((id) => !ids.includes(id));
  if (dependents.length > 0 && !force) {
    throw new KeelError({
      code: 'run_in_use',
      why: `What ${run.id} has made went into ${dependents.join(', ')}.`,
      fix: 'Repeat with --force to delete it all the same.',
    });
  }
  const entries = doomed.map(({ number, folder }) => ({ run: number, bytes: folderBytes(folder) }));
  durably(store.write, () => insertTrash(store.write, run.number, entries, at));
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (!now) return { removed: ids, bytes, isRestorable: true };
  return purge(
    store,
    listTrash(store.read).filter((row) => row.run.number === run.number),
  );
}

/** Removes a run for good that is in the trash already, by its whole id; null when it is not there. */
export function purgeRun(store: Store, id: string): Removal | null {
  const row = listTrash(store.read).find(({ run }) => run.id === id);
  return row ? purge(store, [row]) : null;
}

/** Brings a removed run back, the stages that went with it included; gives its id, then theirs. Throws `run_unknown`. */
export function restoreRun(store: Store, wanted: string): readonly string[] {
  const row = findInTrash(store, wanted);
  if (!row) throw unknownRun(wanted);
  durably(store.write, () => deleteTrash(store.write, row.run.number));
  return [row.run.id, ...row.stages.map(({ id }) => id)];
}

export function trashEntries(store: Store): readonly TrashEntry[] {
  return listTrash(store.read).map(({ run, stages, removedAt, bytes }) => ({
    run,
    stages: stages.map(({ id }) => id),
    removedAt,
    purgeAt: removedAt + KEPT_MILLISECONDS,
    bytes,
  }));
}

export function emptyTrash(store: Store): Removal {
  return purge(store, listTrash(store.read));
}

/**
 * Removes what has been in the trash for too long or is too much. A clock alone may be wrong, so that time counts only
 * as far as a run was made that late, too.
 */
export function purgeExpired(store: Store, now: number, budgetBytes = BUDGET_BYTES): Removal {
  const time = Math.min(now, newestRunAt(store.read));
  let kept = 0;
  const expired = listTrash(store.read).filter(({ removedAt, bytes }, index) => {
    if (removedAt + KEPT_MILLISECONDS <= time) return true;
    kept += bytes;
    return index > 0 && kept > budgetBytes;
  });
  return purge(store, expired);
}
