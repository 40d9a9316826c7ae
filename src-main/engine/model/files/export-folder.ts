import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { requireRoom } from '../../../disk/disk-full.ts';
import { checkNewFolder, requireReplaceable } from './export-target.ts';
import { diskError, placesBeside, syncFiles, syncFolder } from './whole-folder.ts';
import { foreignEntries, isAbandoned, markUnfinished, markWritten, removeFiles } from './written-files.ts';

/** A name beside the target that nothing has; what an earlier write has left there goes when it is Keel's. */
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
 * Gives a filled folder its name. What had the name before is looked at once more after it was moved aside, where nobody
 * writes to it, and comes back when it may not go. Throws `export_target_foreign`.
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
 * Lets `write` fill an empty folder beside `out` and renames it when that went through, so that `out` is whole or is what
 * it was before. With `force` a folder is replaced that Keel wrote and nobody has changed; nothing else is ever removed.
 * What a killed process left is put right by the next one.
 * @param neededBytes what it will take, where that is known: a disk without room for it is left as it is.
 * Throws `export_not_written` and what {@link checkNewFolder} throws; an error of `write` passes.
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
