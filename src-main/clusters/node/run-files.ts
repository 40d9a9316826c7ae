import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { hashFile } from '#engine/model/files/file-hash.ts';
import type { RemoteFile } from '../frames.ts';

/** The files that a run writes beside its folders: hashes of its data, stop tokens, the data ledger. */
const OF_RUN = /\.(json|jsonl)$/;

function describe(folder: string, path: string): RemoteFile {
  return { path, bytes: statSync(join(folder, path)).size, sha256: hashFile(join(folder, path)) };
}

/** Every file below a folder of the run, with its hash. `folder` may be written in any way. */
export function filesBelow(runFolder: string, folder: string): readonly RemoteFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => describe(runFolder, relative(runFolder, join(entry.parentPath, entry.name))));
}

/** The small files in the run's folder itself, and in folders that are neither checkpoints nor artifacts. */
export function filesOfRun(runFolder: string): readonly RemoteFile[] {
  if (!existsSync(runFolder)) return [];
  return readdirSync(runFolder).flatMap((name) => {
    if (OF_RUN.test(name)) return [describe(runFolder, name)];
    return name === 'certificate' ? filesBelow(runFolder, join(runFolder, name)) : [];
  });
}
