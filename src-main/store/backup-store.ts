import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Store } from './open-store.ts';

/** A larger store would keep a person waiting at the end of every day's first command. */
const LARGEST_BYTES = 256 * 2 ** 20;
const KEPT = 2;
const DAILY = /^store-\d{8}\.sqlite$/;

/** Copies the store once a day, by SQLite itself, beside its place and renamed; the two newest copies stay. */
export function backUpDaily(store: Store, today: Date): void {
  const folder = join(dirname(store.path), 'backups');
  const copy = join(folder, `store-${today.toISOString().slice(0, 10).replaceAll('-', '')}.sqlite`);
  if (existsSync(copy) || statSync(store.path).size > LARGEST_BYTES) return;
  mkdirSync(folder, { recursive: true });
  const partial = `${copy}.partial`;
  rmSync(partial, { force: true });
  try {
    store.write.prepare('VACUUM INTO ?').run(partial);
    renameSync(partial, copy);
  } catch {
    // A backup that cannot be made, as on a full disk, must not hold up the end of a command.
    rmSync(partial, { force: true });
    return;
  }
  const daily = readdirSync(folder)
    .filter((name) => DAILY.test(name))
    .sort();
  for (const name of daily.slice(0, -KEPT)) rmSync(join(folder, name));
}
