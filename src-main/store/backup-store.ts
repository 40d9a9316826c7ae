import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makePrivate, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { highestRunNumberIn } from './highest-run-number.ts';
import type { Store } from './open-store.ts';

/** Copying a larger store would noticeably delay the end of each day's first command. */
const LARGEST_BYTES = 256 * 2 ** 20;
const KEPT = 2;
const DAILY = /^store-\d{8}\.sqlite$/;

/** Daily copies to remove: all but the newest ones and, if those contain fewer runs, the newest that contains more. */
function superseded(folder: string): readonly string[] {
  const newestFirst = readdirSync(folder)
    .filter((name) => DAILY.test(name))
    .sort()
    .reverse();
  let known = 0;
  return newestFirst.filter((name, index) => {
    const runs = highestRunNumberIn(join(folder, name));
    const isKept = index < KEPT || runs > known;
    known = Math.max(known, runs);
    return !isKept;
  });
}

/**
 * Copies the store once a day with SQLite to a temporary file that is then renamed. Keeps the two newest copies and one
 * that contains more runs than they do, so that a store that lost its runs does not replace a backup that has them.
 */
export function backUpDaily(store: Store, today: Date): void {
  const folder = join(dirname(store.path), 'backups');
  const copy = join(folder, `store-${today.toISOString().slice(0, 10).replaceAll('-', '')}.sqlite`);
  if (existsSync(copy) || statSync(store.path).size > LARGEST_BYTES) return;
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const partial = `${copy}.partial`;
  rmSync(partial, { force: true });
  try {
    store.write.prepare('VACUUM INTO ?').run(partial);
    makePrivate(partial);
    renameSync(partial, copy);
  } catch {
    // A failed backup, for example on a full disk, must not block the end of a command.
    rmSync(partial, { force: true });
    return;
  }
  for (const name of superseded(folder)) rmSync(join(folder, name));
}
