import { chmodSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** Permissions of a folder and of a file that only their owner may use. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

const OTHERS = 0o077;
/** On a folder: everyone may write there, as in /tmp. */
const STICKY = 0o1000;

/** The store and the files next to it that contain information about runs or give access to the host. */
const PRIVATE_FILES = /^(store\.sqlite(-\w+)?|home\.json|host\.(lock|json|sock)(-\w+)?)$/;
/** Folders that hold copies of the store. */
const COPIES = /^(backups|store-damaged-.*)$/;
/** Folders that protect their contents. A link among them may lead to a folder that is shared on purpose. */
const PARTS = new Set(['datasets', 'models', 'uploads', 'exports']);

/** Whether other users can access the path; always false on systems without such permissions. */
function isExposed(path: string): boolean {
  if (process.platform === 'win32') return false;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & OTHERS) !== 0;
}

/** Removes the permissions of all other users. Leaves file systems without permissions and others' files unchanged. */
export function makePrivate(path: string): void {
  if (!isExposed(path)) return;
  const { mode } = statSync(path);
  if (mode & STICKY) return;
  try {
    chmodSync(path, mode & PRIVATE_FOLDER);
  } catch {
    // `exposedPaths` reports it.
  }
}

function isOwnPart(home: string, name: string): boolean {
  return name === 'runs' || (PARTS.has(name) && lstatSync(join(home, name)).isDirectory());
}

function entries(folder: string, isWanted: (name: string) => boolean): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (isWanted(name) ? [join(folder, name)] : []));
}

/** The paths of a data folder that only its owner may use, starting with the folder itself. */
function privatePaths(home: string): readonly string[] {
  const copies = entries(home, (name) => COPIES.test(name));
  return [
    home,
    ...entries(home, (name) => PRIVATE_FILES.test(name) || isOwnPart(home, name)),
    ...copies,
    ...copies.flatMap((folder) => entries(folder, () => true)),
  ];
}

/** Restricts a data folder to its owner; a folder of an older Keel version or a copied one may be open to others. */
export function closeToOthers(home: string): void {
  for (const path of privatePaths(home)) makePrivate(path);
}

/** The paths that other users can access: the data folder, and below it only what an open folder exposes. */
export function exposedPaths(home: string): readonly string[] {
  return isExposed(home) ? privatePaths(home).filter(isExposed) : [];
}
