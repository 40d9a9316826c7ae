import type { Removal, TrashEntry } from '#contract/api/run-archive.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { triedRemoval } from '../../disk/remove-below.ts';
import { durably } from '../../store/database.ts';
import { listDependents } from '../../store/queries/lineage.ts';
import { deleteRun, listStages } from '../../store/queries/runs.ts';
import {
  deleteTrash,
  foldersOf,
  insertTrash,
  listTrash,
  newestRunAt,
  type TrashRow,
} from '../../store/queries/trash.ts';
import type { HostSetup } from '../host/host-setup.ts';
import { removeRunFolder, requireRemovable } from '../host/run-folder.ts';
import { unknownRun } from '../views/watch-run.ts';
import { folderBytes } from './folder-bytes.ts';

const DAY = 86_400_000;
/** How long a removed run can be restored. */
const KEPT_MILLISECONDS = 30 * DAY;
/** Above this size, the oldest runs in the trash are deleted; the newest always stays, so that it can be restored. */
const BUDGET_BYTES = 20e9;

type TrashSetup = Pick<HostSetup, 'home' | 'store'>;

export interface RemoveWishes {
  /** Remove it even if another run depends on it. */
  readonly force: boolean;
  /** Delete permanently instead of moving to the trash. */
  readonly now: boolean;
}

/** Whether a run can be purged automatically. Others stay until the user purges them and sees the reason. */
function isRemovable({ home, store }: TrashSetup, run: Run): boolean {
  return triedRemoval(() => requireRemovable(home, foldersOf(store.read, run))).length === 0;
}

/** Permanently deletes runs in the trash. Throws `removal_refused` before anything of a run is removed. */
function purge({ home, store }: TrashSetup, rows: readonly TrashRow[]): Removal {
  for (const { run } of rows) {
    const folders = foldersOf(store.read, run);
    requireRemovable(home, folders);
    durably(store.write, () => deleteRun(store.write, run.number));
    for (const folder of folders) removeRunFolder(home, folder);
  }
  const removed = rows.flatMap(({ run, stages }) => [run.id, ...stages.map(({ id }) => id)]);
  return { removed, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0), isRestorable: false };
}

function findInTrash({ store }: TrashSetup, wanted: string): TrashRow | null {
  const rows = listTrash(store.read);
  if (wanted === 'latest') return rows[0] ?? null;
  const exact = rows.find(({ run }) => run.id === wanted);
  const matches = rows.filter(({ run }) => run.id.startsWith(wanted) || run.id.endsWith(wanted));
  return exact ?? (matches.length === 1 ? (matches[0] ?? null) : null);
}

/**
 * Moves a run with its stages to the trash, leaving its folders in place, or deletes it permanently.
 * Throws `run_in_use` if another run depends on it, unless forced.
 */
export function removeRun(setup: TrashSetup, run: Run, { force, now }: RemoveWishes, at: number): Removal {
  const { store } = setup;
  const doomed = [run, ...listStages(store.read, run.id)];
  const ids = doomed.map((one) => one.id as string);
  const dependents = ids.flatMap((id) => listDependents(store.read, id)).filter((id) => !ids.includes(id));
  if (dependents.length > 0 && !force) {
    throw new KeelError({
      code: 'run_in_use',
      why: `Other runs use artifacts of ${run.id}: ${dependents.join(', ')}.`,
      fix: 'Repeat with --force to delete it anyway.',
    });
  }
  if (now) {
    requireRemovable(
      setup.home,
      doomed.map(({ folder }) => folder),
    );
  }
  const entries = doomed.map(({ number, folder }) => ({ run: number, bytes: folderBytes(folder) }));
  durably(store.write, () => insertTrash(store.write, run.number, entries, at));
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (!now) return { removed: ids, bytes, isRestorable: true };
  return purge(
    setup,
    listTrash(store.read).filter((row) => row.run.number === run.number),
  );
}

/** Permanently deletes a run in the trash by its full id; returns null if it is not there. */
export function purgeRun(setup: TrashSetup, id: string): Removal | null {
  const row = listTrash(setup.store.read).find(({ run }) => run.id === id);
  return row ? purge(setup, [row]) : null;
}

/** Restores a removed run with its stages. Returns its id, followed by those of the stages. Throws `run_unknown`. */
export function restoreRun(setup: TrashSetup, wanted: string): readonly string[] {
  const { store } = setup;
  const row = findInTrash(setup, wanted);
  if (!row) throw unknownRun(wanted);
  durably(store.write, () => deleteTrash(store.write, row.run.number));
  return [row.run.id, ...row.stages.map(({ id }) => id)];
}

export function trashEntries({ store }: TrashSetup): readonly TrashEntry[] {
  return listTrash(store.read).map(({ run, stages, removedAt, bytes }) => ({
    run,
    stages: stages.map(({ id }) => id),
    removedAt,
    purgeAt: removedAt + KEPT_MILLISECONDS,
    bytes,
  }));
}

export function emptyTrash(setup: TrashSetup): Removal {
  return purge(setup, listTrash(setup.store.read));
}

/**
 * Removes runs that have been in the trash too long or exceed its size limit. The clock may be wrong, so time counts
 * only up to the creation of the newest run.
 */
export function purgeExpired(setup: TrashSetup, now: number, budgetBytes = BUDGET_BYTES): Removal {
  const { store } = setup;
  const time = Math.min(now, newestRunAt(store.read));
  let kept = 0;
  const expired = listTrash(store.read).filter(({ removedAt, bytes }, index) => {
    if (removedAt + KEPT_MILLISECONDS <= time) return true;
    kept += bytes;
    return index > 0 && kept > budgetBytes;
  });
  return purge(
    setup,
    expired.filter(({ run }) => isRemovable(setup, run)),
  );
}
