import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { KeelError } from '#contract/errors.ts';

/** Which files whoever calls may have read and written. */
export interface PathAccess {
  /** Folders that may be looked into, as real paths; null for every folder. */
  readonly roots: readonly PathRoot[] | null;
  /** The absolute path of what is to be read. Throws `path_forbidden`. */
  read(folder: string, path: string): string;
  /** The absolute path of what is to be written; it need not exist. Throws `path_forbidden`. */
  write(folder: string, path: string): string;
  /** Allows what the person has chosen in a dialog of the system or dropped on the window. */
  grant(path: string): void;
}

export interface PathRoot {
  readonly path: string;
  readonly name: string;
}

export interface PageFolders {
  /** The data folder. */
  readonly home: string;
  /** The person's own folder; its hidden entries stay out of reach. */
  readonly userFolder: string;
  /** Folders that the person has named at the start. */
  readonly extra: readonly string[];
  /** Folders that come with Keel: they may be read. */
  readonly supplied: readonly string[];
}

/** In the data folder a page may write here only: never the store, the runs or the engine. */
export const WRITABLE_FOLDERS: ReadonlySet<string> = new Set(['datasets', 'exports', 'models', 'uploads']);

/** Keys and passwords live there, not data. */
const PRIVATE_FOLDERS: ReadonlySet<string> = new Set(['AppData', 'Library']);
const isPrivate = (part: string, index: number) => part.startsWith('.') || (index === 0 && PRIVATE_FOLDERS.has(part));

function forbidden(path: string): KeelError {
  return new KeelError({
    code: 'path_forbidden',
    why: `The page may not use ${JSON.stringify(path)}: it lies outside the folders that were opened for it.`,
    fix: 'Choose another folder, or start with `keel serve --root FOLDER`.',
  });
}

/** The parts of a path below a folder, or null when it is not below. Compared by parts: /data-secret is not in /data. */
export function partsBelow(folder: string, path: string): readonly string[] | null {
  const way = relative(folder, path);
  if (way === '') return [];
  if (isAbsolute(way)) return null;
  const parts = way.split(sep);
  return parts[0] === '..' ? null : parts;
}

/** Where a path really leads. What does not exist yet hangs below the real path of what does. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const parent = dirname(path);
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // A link whose target is missing would be followed by whoever writes to it.
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

/** For shells of the person's own: a terminal names files as every other program of the person does. */
export const UNRESTRICTED_ACCESS: PathAccess = {
  roots: null,
  read: resolve,
  write: resolve,
  grant: () => undefined,
};

/**
 * For pages: the data folder, the person's folder but for its hidden entries, and what was named or chosen. Links are
 * followed before a path is judged, and what is handed on is the real path.
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
