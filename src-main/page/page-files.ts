import { constants, realpathSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** An open file of the built page; the caller must close it. */
export interface PageFile {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly type: string;
  /** Whether its name changes with its content. */
  readonly isHashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Plain names only: no leading dot, so no `..`; no percent sign, so nothing to decode; no backslash, no NUL. */
const PLAIN_PATH = /^(\/[A-Za-z0-9_@~-][A-Za-z0-9_@~.-]*)+$/;
const HASHED = /^\/assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
/** The path of a route, not of a file: no dots, backslashes, percent signs, or control characters, encoded or not. */
const ROUTE = /^(\/(?:[^/.\\%]|%(?!2e|5c|25|7f|[01])[0-9a-f]{2})*)+$/i;

async function openRegular(root: string, path: string): Promise<PageFile | null> {
  const type = TYPES[extname(path)];
  if (!type) return null;
  const full = join(root, ...path.split('/'));
  try {
    // A link anywhere in the path would lead outside the folder.
    if (realpathSync.native(full) !== full) return null;
    const handle = await open(full, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const { size, isRegular } = await handle.stat().then((stat) => ({ size: stat.size, isRegular: stat.isFile() }));
    if (isRegular) return { handle, bytes: size, type, isHashed: HASHED.test(path) };
    await handle.close();
    return null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Finds files of the built page by URL path; a path without a file extension is a route of the page. */
export function createPageFiles(folder: string): (path: string) => Promise<PageFile | null> {
  const root = realpathSync.native(folder);
  const top = root.endsWith(sep) ? root.slice(0, -1) : root;
  return async (path) => {
    if (path !== '/' && PLAIN_PATH.test(path) && extname(path)) return openRegular(top, path);
    return ROUTE.test(path) ? openRegular(top, '/index.html') : null;
  };
}
