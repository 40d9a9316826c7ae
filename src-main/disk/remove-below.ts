import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';

/** The real location of an entry: links in its parent path are followed, but not the entry itself if it is a link. */
function realPlace(path: string): string {
  const full = resolve(path);
  return join(realpathSync.native(dirname(full)), basename(full));
}

/** Whether a real path is strictly below another, compared by whole parts: /data-old is not below /data. */
function isStrictlyBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
}

function refusal(path: string, place: string, root: string): KeelError {
  return new KeelError({
    code: 'removal_refused',
    why: `${path} resolves to ${place}, which is not inside ${root}, so Keel does not remove it.`,
    fix: 'Check where the links in its path lead, and remove it manually if necessary. Nothing was removed.',
  });
}

/**
 * Refuses an entry whose real path is not strictly below `root`; both folders must exist. Throws `removal_refused`.
 */
export function requireBelow(root: string, path: string): void {
  const [top, place] = [realpathSync.native(root), realPlace(path)];
  if (!isStrictlyBelow(top, place)) throw refusal(path, place, top);
}

/**
 * Removes a file, or a folder with everything in it. This is the only way in which Keel removes folders: only paths
 * that really are below `root` are removed. A missing path is not an error; a link is removed, never its target. Throws
 * `removal_refused`.
 */
export function removeBelow(root: string, path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) return;
  requireBelow(root, path);
  rmSync(path, { recursive: true, force: true });
}

/**
 * The same for one part of the data folder (`models`, `datasets`). If the part is a link to a place outside the data
 * folder, it may be shared with another data folder, so nothing in it is removed. Throws `removal_refused`.
 */
export function removeFromHome(home: string, part: string, path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) return;
  requireBelow(home, realpathSync.native(join(home, part)));
  removeBelow(join(home, part), path);
}

/** For removals in the background: returns the reason why nothing was removed instead of throwing it. */
export function triedRemoval(remove: () => void): readonly string[] {
  try {
    remove();
    return [];
  } catch (error) {
    if (error instanceof KeelError && error.code === 'removal_refused') return [error.why];
    throw error;
  }
}
