import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, parse, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { foreignEntries, MANIFEST } from './written-files.ts';

const LISTED = 10;

/** The real path of a folder that does not need to exist yet. */
function realTarget(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : join(realTarget(parent), basename(full));
}

export const isWithin = (inner: string, outer: string) =>
  inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);

/** Rejects folders that would be moved away together with the replaced folder; they cannot be a target. */
function requireUnprotected(target: string): void {
  const cwd = process.cwd();
  const places = [
    [parse(target).root, 'the root of the file system'],
    [homedir(), 'your home folder'],
    [cwd, 'the current working directory'],
  ] as const;
  const [, name] = places.find(([place]) => existsSync(place) && isWithin(realpathSync(place), target)) ?? [];
  if (!name) return;
  throw new KeelError({
    code: 'export_target_protected',
    why: `The folder ${target} is ${name} or contains it.`,
    fix: `Choose a new folder, for example ${join(cwd, 'export')}.`,
  });
}

/**
 * Refuses to replace a folder that contains anything except unchanged files written by Keel. Throws
 * `export_target_foreign` with a list of what would be lost.
 * @param shown the folder's name in the error
 */
export function requireReplaceable(folder: string, shown = folder): void {
  const { isMarked, entries } = foreignEntries(folder);
  if (entries.length === 0) return;
  const count = entries.length === 1 ? 'one entry' : `${entries.length} entries`;
  const rest = entries.length - LISTED;
  const more = rest > 0 ? [{ where: `${rest} more`, why: 'would be lost as well' }] : [];
  throw new KeelError({
    code: 'export_target_foreign',
    why: isMarked
      ? `The folder ${shown} contains ${count} that Keel did not write or that changed after Keel wrote it. ` +
        'Replacing the folder would delete them.'
      : `The folder ${shown} has no ${MANIFEST}, so Keel cannot determine which files it wrote. Replacing the folder ` +
        `would delete its ${count}.`,
    fix: 'Choose another folder, or move this one first.',
    faults: [...entries.slice(0, LISTED), ...more],
  });
}

/**
 * Rejects a target where writing would lose data: a file, a link, a folder that contains protected ones, a non-empty
 * folder without `force`, and with `force` one that Keel did not write or that was changed since.
 * Throws `export_target_is_file`, `export_target_is_link`, `export_target_protected`, `export_target_exists`,
 * `export_target_foreign`.
 */
export function checkNewFolder(out: string, force: boolean): void {
  const path = resolve(out);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) {
    throw new KeelError({
      code: 'export_target_is_link',
      why: `${path} is a link to ${readlinkSync(path)}.`,
      fix: 'Use the folder itself as the target, or choose a new one.',
    });
  }
  if (found && !found.isDirectory()) {
    throw new KeelError({ code: 'export_target_is_file', why: `${path} is a file.`, fix: 'Choose a folder.' });
  }
  requireUnprotected(realTarget(path));
  if (!found || readdirSync(path).length === 0) return;
  if (force) {
    requireReplaceable(path);
    return;
  }
  throw new KeelError({
    code: 'export_target_exists',
    why: `The folder ${path} exists and is not empty.`,
    fix:
      'Choose another folder, or use --force: it replaces a folder that Keel wrote and that has not been changed ' +
      'since.',
  });
}

/**
 * Rejects a source itself as a target, a folder inside or around it, and everything that {@link checkNewFolder}
 * rejects. Throws `export_target_is_source` and whatever that function throws.
 */
export function checkExportTarget(sources: readonly string[], out: string, force: boolean): void {
  const to = realTarget(out);
  const source = sources.find((one) => isWithin(to, realpathSync(one)) || isWithin(realpathSync(one), to));
  if (source !== undefined) {
    throw new KeelError({
      code: 'export_target_is_source',
      why: `The target ${out} and the source ${source} are the same folder, or one contains the other.`,
      fix: 'Choose a folder in another location.',
    });
  }
  checkNewFolder(out, force);
}
