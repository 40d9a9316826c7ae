import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';

/** Where an entry itself lies: links on the way to it are followed, a link that it is itself is not. */
function realPlace(path: string): string {
  const full = resolve(path);
  return join(realpathSync.native(dirname(full)), basename(full));
}

/** True for a real path strictly below another, compared by whole parts: /data-old is not below /data. */
function isStrictlyBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
}

function refusal(path: string, place: string, root: string): KeelError {
  return new KeelError({
    code: 'removal_refused',
    why: `${path} is really ${place}, which is not below ${root}, so Keel does not remove it.`,
    fix: 'Check where the links on its way lead, and remove it by hand if it should go. Nothing was removed.',
  });
}

/**
 * Refuses an entry that does not really lie below `root`, strictly; both folders have to exist. Throws
 * `removal_refused`.
 */
export function requireBelow(root: string, path: string): void {
  const [top, place] = [realpathSync.native(root), realPlace(path)];
  if (!isStrictlyBelow(top, place)) throw refusal(path, place, top);
}

/**
 * Removes a file, or a folder with everything in it. This is the one way in which Keel removes a folder: only what
 * really lies below `root` goes. Gone already is as good; a link goes, never what it leads to. Throws `removal_refused`.
 */
export function removeBelow(root: string, path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) return;
  requireBelow(root, path);
  rmSync(path, { recursive: true, force: true });
}

/**
 * The same for one part of the data folder (`models`, `datasets`). A part that is a link out of the data folder may be
 * the part of another one as well, so nothing in it is removed. Throws `removal_refused`.
 */
export function removeFromHome(home: string, part: string, path: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })) return;
  requireBelow(home, realpathSync.native(join(home, part)));
  removeBelow(join(home, part), path);
}

/** For removals that nobody waits for: gives why nothing was removed, in place of throwing it. */
export function triedRemoval(remove: () => void): readonly string[] {
  try {
    remove();
    return [];
  } catch (error) {
    if (error instanceof KeelError && error.code === 'removal_refused') return [error.why];
    throw error;
  }
}
