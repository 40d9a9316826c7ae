import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { hashFile } from '#engine/model/files/file-hash.ts';
import { PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { removeBelow } from '../disk/remove-below.ts';
import type { RemoteFile } from './frames.ts';
import { sha256Of } from './zip.ts';

/** Below the run's folder: what has arrived of folders that are not complete yet. A later attempt goes on there. */
const ARRIVING = '.arriving';

/** Reads one file of the run's folder on the node. */
export type ReadRemote = (path: string) => Promise<Buffer>;

/** What a file says on this machine: most files say the same. */
export type Translate = (path: string, bytes: Buffer) => Buffer;
const AS_IT_IS: Translate = (_path, bytes) => bytes;

function isHere(path: string, { bytes, sha256 }: RemoteFile): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === bytes && hashFile(path) === sha256;
}

/** Refuses a path that would leave the run's folder: it comes from another machine. Throws `cluster_path`. */
function requireInside(path: string): void {
  const isInside = !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..');
  if (isInside) return;
  throw new KeelError({
    code: 'cluster_path',
    why: `The cluster sent a file named ${path}, which is not inside the run's folder.`,
    fix: 'Do not use this cluster until you know why. Nothing was written.',
  });
}

async function fetchOne(file: RemoteFile, target: string, read: ReadRemote, translate: Translate): Promise<void> {
  if (isHere(target, file)) return;
  const bytes = file.bytes === 0 ? Buffer.alloc(0) : await read(file.path);
  if (sha256Of(bytes) !== file.sha256) {
    throw new KeelError({
      code: 'cluster_file_damaged',
      why: `${file.path} arrived from the cluster with ${bytes.length} of ${file.bytes} bytes, or with another content.`,
      fix: 'Resume the run: what has arrived is kept, and the rest is fetched again.',
    });
  }
  mkdirSync(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
  writeFileSync(`${target}.part`, translate(file.path, bytes), { flush: true });
  renameSync(`${target}.part`, target);
}

/** The folder of the run's folder that becomes visible as a whole: a checkpoint, or an artifact. */
function wholeOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'artifacts' ? `${first}/${second}` : first;
}

function swapIn(runFolder: string, name: string): void {
  const [target, arrived] = [join(runFolder, name), join(runFolder, ARRIVING, name)];
  mkdirSync(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
  removeBelow(runFolder, target);
  renameSync(arrived, target);
}

/**
 * Brings files of a run from its node: each is checked by its hash, and a folder gets its name when it is complete. A
 * folder that is here already is left alone. Throws `cluster_file_damaged`, `cluster_path`, and what reading throws.
 */
export async function fetchFiles(
  runFolder: string,
  files: readonly RemoteFile[],
  read: ReadRemote,
  translate = AS_IT_IS,
): Promise<void> {
  for (const { path } of files) requireInside(path);
  for (const file of files.filter(({ path }) => !path.includes('/'))) {
    await fetchOne(file, join(runFolder, file.path), read, translate);
  }
  const inFolders = files.filter(({ path }) => path.includes('/'));
  for (const name of new Set(inFolders.map(({ path }) => wholeOf(path)))) {
    const own = inFolders.filter(({ path }) => wholeOf(path) === name);
    const isComplete = own.every((file) => isHere(join(runFolder, file.path), file));
    if (isComplete) continue;
    for (const file of own) await fetchOne(file, join(runFolder, ARRIVING, file.path), read, translate);
    swapIn(runFolder, name);
  }
  const arriving = join(runFolder, ARRIVING);
  if (existsSync(arriving)) removeBelow(runFolder, arriving);
}
