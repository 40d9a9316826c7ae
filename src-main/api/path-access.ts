import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';

/** Which files a caller may read and write. */
export interface PathAccess {
  /** Folders that may be browsed, as real paths; null for every folder. */
  readonly roots: readonly PathRoot[] | null;
  /** Returns the absolute path to read. Throws `path_forbidden`. */
  read(folder: string, path: string): string;
  /** Returns the absolute path to write; it does not have to exist. Throws `path_forbidden`. */
  write(folder: string, path: string): string;
  /** Allows a path that the user has chosen in a system dialog or dropped on the window. */
  grant(path: string): void;
}

export interface PathRoot {
  readonly path: string;
  readonly name: string;
}

export interface PageFolders {
  /** The data folder. */
  readonly home: string;
  /** The user's home folder; its hidden entries stay inaccessible. */
  readonly userFolder: string;
  /** Folders that the user specified at startup. */
  readonly extra: readonly string[];
  /** Folders that ship with Keel; read-only. */
  readonly supplied: readonly string[];
}

/** The only folders in the data folder that a page may write to: never the store, the runs, or the engine. */
export const WRITABLE_FOLDERS: ReadonlySet<string> = new Set(['datasets', 'exports', 'models', 'uploads']);

/** These hold keys and passwords, not data. */
const PRIVATE_FOLDERS: ReadonlySet<string> = new Set(['AppData', 'Library']);
const isPrivate = (part: string, index: number) => part.startsWith('.') || (index === 0 && PRIVATE_FOLDERS.has(part));

function forbidden(path: string): KeelError {
  return new KeelError({
    code: 'path_forbidden',
    why: `The page may not use ${JSON.stringify(path)}: it is outside the folders that the page can access.`,
    fix: 'Choose another folder, or start with `keel serve --root FOLDER`.',
  });
}

/** The parts of a path below a folder, or null if it is not below. Compared by parts: /data-secret is not in /data. */
export function partsBelow(folder: string, path: string): readonly string[] | null {
  const way = relative(folder, path);
  if (way === '') return [];
  if (isAbsolute(way)) return null;
  const parts = way.split(sep);
  return parts[0] === '..' ? null : parts;
}

/** Resolves a path to its real path. A path that does not exist yet is appended to its nearest existing ancestor. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const parent = dirname(path);
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // A write to a link with a missing target would follow the link.
    if (!isMissing || parent === path || lstatSync(path, { throwIfNoEntry: false })) throw error;
    return join(realPath(parent), path.slice(parent.length + Number(!parent.endsWith(sep))));
  }
}

function realPathOrRefuse(folder: string, path: string): string {
  try {
    return realPath(resolve(folder, path));
  } catch {
    throw forbidden(path);
  }
}

/** For the user's own shells: a terminal can name files like any other program of the user. */
export const UNRESTRICTED_ACCESS: PathAccess = {
  roots: null,
  read: resolve,
  write: resolve,
  grant: () => undefined,
};

/**
 * For pages: the data folder, the user's home folder except for its hidden entries, and everything specified or chosen
 * by the user. Links are followed before a path is checked, and the real path is passed on.
 */
export function createPageAccess({ home, userFolder, extra, supplied }: PageFolders): PathAccess {
  const data = realPath(home);
  const user = realPath(userFolder);
  const open = extra.map(realPath);
  const own = [data, ...supplied.map(realPath)];
  const granted = new Set<string>();
  const isGranted = (path: string) => [...open, ...granted].some((folder) => partsBelow(folder, path));
  const mayRead = (path: string): boolean => {
    if (isGranted(path) || own.some((folder) => partsBelow(folder, path))) return true;
    const below = partsBelow(user, path);
    return below !== null && !below.some(isPrivate);
  };
  const mayWrite = (path: string): boolean => {
    const below = partsBelow(data, path);
    if (below) return WRITABLE_FOLDERS.has(below[0] ?? '') && below.length > 1;
    return mayRead(path) && !own.some((folder) => partsBelow(folder, path));
  };
  const judged = (isAllowed: (path: string) => boolean) => (folder: string, path: string) => {
    const real = realPathOrRefuse(folder, path);
    if (!isAllowed(real)) throw forbidden(path);
    return real;
  };
  return {
    roots: [{ path: user, name: 'Home' }, { path: data, name: 'Keel' }, ...open.map((path) => ({ path, name: path }))],
    read: judged(mayRead),
    write: judged(mayWrite),
    grant: (path) => void granted.add(realPath(path)),
  };
}
