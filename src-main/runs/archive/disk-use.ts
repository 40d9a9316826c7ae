import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskUse } from '#contract/api/system.ts';
import type { Store } from '../../store/open-store.ts';
import { listRuns } from '../../store/queries/runs.ts';
import { listTrash } from '../../store/queries/trash.ts';
import { folderBytes } from './folder-bytes.ts';

const LARGEST = 8;
const STORE = /^(store\.sqlite|home\.json$|backups$|store-damaged-)/;

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Bytes of a run's folder, with checkpoints counted separately. */
function runBytes(folder: string): { readonly checkpoints: number; readonly rest: number } {
  if (!existsSync(folder)) return { checkpoints: 0, rest: 0 };
  let [checkpoints, rest] = [0, 0];
  for (const name of readdirSync(folder)) {
    const bytes = folderBytes(join(folder, name));
    if (/^\.?checkpoint-/.test(name)) checkpoints += bytes;
    else rest += bytes;
  }
  return { checkpoints, rest };
}

/** Disk usage of the data folder by category. Walks the folders; links, such as to a shared engine, count as 0. */
export function readDiskUse(store: Store, home: string): DiskUse {
  const runs = listRuns(store.read, 100_000).map(({ id, name, folder }) => ({ run: id, name, ...runBytes(folder) }));
  const sum = (of: readonly number[]) => of.reduce((total, bytes) => total + bytes, 0);
  const below = (isWanted: (name: string) => boolean) =>
    sum(readdirSync(home).flatMap((name) => (isWanted(name) ? folderBytes(join(home, name)) : [])));
  const isOther = (name: string) => name !== 'runs' && name !== 'engine' && !STORE.test(name);
  const largest = runs.map(({ run, name, checkpoints, rest }) => ({ run, name, bytes: checkpoints + rest }));
  return {
    folder: home,
    free: freeBytes(home),
    parts: [
      { part: 'checkpoints', bytes: sum(runs.map(({ checkpoints }) => checkpoints)) },
      { part: 'runs', bytes: sum(runs.map(({ rest }) => rest)) },
      { part: 'trash', bytes: sum(listTrash(store.read).map(({ bytes }) => bytes)) },
      { part: 'engine', bytes: below((name) => name === 'engine') },
      { part: 'store', bytes: below((name) => STORE.test(name)) },
      { part: 'other', bytes: below(isOther) },
    ],
    largest: largest.sort((one, other) => other.bytes - one.bytes).slice(0, LARGEST),
  };
}
