import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { requireRoom } from '../../../disk/disk-full.ts';
import { checkNewFolder, requireReplaceable } from './export-target.ts';
import { diskError, placesBeside, syncFiles, syncFolder } from './whole-folder.ts';
import { foreignEntries, isAbandoned, markUnfinished, markWritten, removeFiles } from './written-files.ts';

/** An unused name next to the target; what an earlier write left there is removed if it belongs to Keel. */
function freePlace(wanted: string, isOurs: (folder: string) => boolean): string {
  for (let count = 1; ; count += 1) {
    const place = count === 1 ? wanted : `${wanted}-${count}`;
    if (!existsSync(place) || (isOurs(place) && removeFiles(place))) return place;
  }
}

const isUnchanged = (folder: string) => {
  const { isMarked, entries } = foreignEntries(folder);
  return isMarked && entries.length === 0;
};

function makePartial(wanted: string): string {
  const partial = freePlace(wanted, isAbandoned);
  mkdirSync(partial, { recursive: true });
  markUnfinished(partial);
  return partial;
}

/**
 * Renames a filled folder to its final name. The folder that had the name before is checked again after it was moved
 * aside, where nothing writes to it, and is moved back if it must not be replaced. Throws `export_target_foreign`.
 */
function swapIn(partial: string, target: string, wanted: string): void {
  if (!existsSync(target)) {
    renameSync(partial, target);
    return;
  }
  const replaced = freePlace(wanted, isUnchanged);
  renameSync(target, replaced);
  try {
    requireReplaceable(replaced, target);
    renameSync(partial, target);
  } catch (error) {
    renameSync(replaced, target);
    throw error;
  }
  removeFiles(replaced);
}

/**
 * Lets `write` fill an empty folder next to `out` and renames it on success, so that `out` is either complete or
 * unchanged. With `force`, a folder that Keel wrote and that has not been changed since is replaced; nothing else is
 * ever removed. The next process repairs what a killed process left behind.
 * @param neededBytes the required space, if known: nothing is written to a disk without room for it.
 * Throws `export_not_written` and what {@link checkNewFolder} throws; an error of `write` is passed on.
 */
export async function writeExport<T>(
  out: string,
  force: boolean,
  write: (folder: string) => Promise<T> | T,
  neededBytes = 0,
): Promise<T> {
  const target = resolve(out);
  const places = placesBeside(target);
  let partial: string | null = null;
  try {
    if (!existsSync(target) && existsSync(places.replaced) && isUnchanged(places.replaced)) {
      renameSync(places.replaced, target);
    }
    checkNewFolder(target, force);
    requireRoom(dirname(target), neededBytes);
    partial = makePartial(places.partial);
    const result = await write(partial);
    markWritten(partial);
    syncFiles(partial);
    checkNewFolder(target, force);
    swapIn(partial, target, places.replaced);
    syncFolder(dirname(target));
    return result;
  } catch (error) {
    if (partial && existsSync(partial)) removeFiles(partial);
    throw diskError(error, target, neededBytes || undefined);
  }
}
