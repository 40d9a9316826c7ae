import { chmodSync, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** Rights of a folder and of a file that only their owner may use. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

const OTHERS = 0o077;
/** On a folder: everybody may write there, as in /tmp. */
const STICKY = 0o1000;

/** Files beside the store that tell of runs, or let others reach the host. */
const PRIVATE_FILES = /^(store\.sqlite(-\w+)?|home\.json|host\.(lock|json|sock)(-\w+)?)$/;
/** Folders that hold copies of the store. */
const COPIES = /^(backups|store-damaged-.*)$/;
/** Folders that guard what they hold. A link among them may lead to what several people share on purpose. */
const PARTS = new Set(['datasets', 'models', 'uploads', 'exports']);

/** True where others may reach it; always false where the system keeps no such rights. */
function isExposed(path: string): boolean {
  if (process.platform === 'win32') return false;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & OTHERS) !== 0;
}

/** Takes the rights of everybody else away. A file system without rights, or another's file, stays as it is. */
export function makePrivate(path: string): void {
  if (!isExposed(path)) return;
  const { mode } = statSync(path);
  if (mode & STICKY) return;
  try {
    chmodSync(path, mode & PRIVATE_FOLDER);
  } catch {
    // Whoever looks with `exposedPaths` is told.
  }
}

function isOwnPart(home: string, name: string): boolean {
  return name === 'runs' || (PARTS.has(name) && lstatSync(join(home, name)).isDirectory());
}

function entries(folder: string, isWanted: (name: string) => boolean): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (isWanted(name) ? [join(folder, name)] : []));
}

/** What of a data folder is for its owner alone, itself first. */
function privatePaths(home: string): readonly string[] {
  const copies = entries(home, (name) => COPIES.test(name));
  return [
    home,
    ...entries(home, (name) => PRIVATE_FILES.test(name) || isOwnPart(home, name)),
    ...copies,
    ...copies.flatMap((folder) => entries(folder, () => true)),
  ];
}

/** Closes a data folder to everybody but its owner: one of an older Keel, or one that was copied, may stand open. */
export function closeToOthers(home: string): void {
  for (const path of privatePaths(home)) makePrivate(path);
}

/** What others can reach: the data folder, and below it only what an open folder lets them see. */
export function exposedPaths(home: string): readonly string[] {
  return isExposed(home) ? privatePaths(home).filter(isExposed) : [];
}
