import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { durably } from './database.ts';
import type { Store } from './open-store.ts';
import { readHome, type StoredHome, writeHome } from './queries/home.ts';

/** Stored next to the store, so that another data folder can identify this one without opening the store. */
const RECORD = 'home.json';
/** Stored in a `runs` folder that is elsewhere, behind a link. */
const OWNER = '.keel-home.json';

/** The identity of a data folder. */
export interface HomeIdentity {
  /** Unique to this folder: a copy gets another id. */
  readonly id: string;
  /** A notice to show once, or null if nothing has changed. */
  readonly notice: string | null;
}

function readRecord(path: string): StoredHome | null {
  try {
    const { id, path: folder } = JSON.parse(readFileSync(path, 'utf8')) as Partial<StoredHome>;
    return typeof id === 'string' && typeof folder === 'string' ? { id, path: folder } : null;
  } catch {
    return null;
  }
}

function keepRecord(path: string, record: StoredHome): void {
  const known = readRecord(path);
  if (known?.id === record.id && known.path === record.path) return;
  writeFileSync(`${path}.partial`, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.partial`, path);
}

/** Whether the data folder of an identity still exists; a folder without a record is recognized by its store. */
function isThere({ id, path }: StoredHome): boolean {
  if (!existsSync(join(path, 'store.sqlite'))) return false;
  const record = readRecord(join(path, RECORD));
  return record === null || record.id === id;
}

/** The real folder of a data folder's runs: `runs` may be a link to a larger disk. */
export function runsFolder(home: string): string {
  const folder = join(home, 'runs');
  return existsSync(folder) ? realpathSync.native(folder) : join(realpathSync.native(home), 'runs');
}

/**
 * Claims a linked `runs` folder. Copying a data folder copies the link, so the copy could remove or continue the runs
 * of the original. The folder belongs to the data folder recorded in it. Throws `runs_shared`.
 */
function claimRuns(home: StoredHome, original: StoredHome | null): void {
  const runs = runsFolder(home.path);
  if (dirname(runs) === home.path) return;
  const owner = readRecord(join(runs, OWNER)) ?? original;
  if (owner && owner.id !== home.id && owner.path !== home.path && isThere(owner)) {
    throw new KeelError({
      code: 'runs_shared',
      why: `${join(home.path, 'runs')} is a link to ${runs}, which contains the runs of the data folder ${owner.path}.`,
      fix: `Use ${owner.path}, or replace the link with a copy of ${runs}. Nothing was changed.`,
    });
  }
  keepRecord(join(runs, OWNER), home);
}

function noticeOf(known: StoredHome, original: StoredHome | null, here: string): string {
  if (!original) return `The data folder has moved from ${known.path} to ${here}; its runs are available here.`;
  return `This data folder is a copy of ${known.path}. The two are now separate: changes here do not affect the other.`;
}

/**
 * Distinguishes a data folder from its copies and detects that it has moved, based on the path and identity recorded in
 * its store. Only the owner of the folder may call this. Throws `runs_shared`.
 */
export function recognizeHome(store: Store, home: string): HomeIdentity {
  const path = realpathSync.native(home);
  const known = readHome(store.read);
  const original = known && known.path !== path && isThere(known) ? known : null;
  const record = readRecord(join(path, RECORD));
  const own = record?.path === path ? record.id : null;
  const id = (original ? null : known?.id || own) ?? randomUUID();
  const here = { id, path };
  claimRuns(here, original);
  if (known?.id !== id || known.path !== path) durably(store.write, () => writeHome(store.write, here));
  keepRecord(join(path, RECORD), here);
  return { id, notice: known && known.path !== path ? noticeOf(known, original, path) : null };
}
