import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a real Node runs and reads, as it stands in the repository. The engine's library is no part of it. */
export const STAGED = [
  'src-main',
  'scripts/setup',
  'resources',
  'dist/renderer',
  'package.json',
  'package-lock.json',
  'LICENSE',
];

/**
 * Packages that the sources need when they run, by the lock file: all that is neither for development nor absent here.
 * The Nodes of the platforms are among them by name; the one of this platform goes to a place of its own.
 * @param {{ packages: Record<string, { dev?: boolean, devOptional?: boolean }> }} lock
 * @returns {string[]} paths such as `node_modules/zod`
 */
export function runningPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.dev && !entry.devOptional)
    .map(([path]) => path)
    .filter((path) => !/^node_modules\/node-(linux|win|darwin)-/.test(path));
}

/**
 * Puts host, engine sources, page and Node together in `dist/keel`, from where the packager takes them as they are.
 * @param {string} target
 * @param {string} nodeProgram the Node that is packed along
 * @param {(from: string, to: string) => void} place copies a file or a folder
 */
export function stageKeel(target, nodeProgram, place) {
  rmSync(target, { recursive: true, force: true });
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const packages = runningPackages(lock).filter((path) => existsSync(join(ROOT, path)));
  // A package inside another one comes with it.
  const tops = packages.filter((path) => path.lastIndexOf('node_modules/') === 0);
  for (const path of [...STAGED, ...tops]) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    place(join(ROOT, path), join(target, path));
  }
  const folder = process.platform === 'win32' ? join(target, 'node') : join(target, 'node', 'bin');
  mkdirSync(folder, { recursive: true });
  place(nodeProgram, join(folder, basename(nodeProgram)));
}

/** The packager's hook before it packs. */
export function beforePack() {
  stageKeel(join(ROOT, 'dist', 'keel'), process.execPath, (from, to) =>
    cpSync(from, to, { recursive: true, dereference: true }),
  );
}
