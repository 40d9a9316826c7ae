import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import { makePrivate, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { openReader, openWriter, type ReadableDb, type WritableDb } from './database.ts';
import { highestRunNumber } from './highest-run-number.ts';
import { migrate } from './migrate.ts';
import { storeError } from './sqlite-errors.ts';

/** The run store of a data folder: one writing and one reading connection. Owned only by the host. */
export interface Store {
  readonly path: string;
  readonly write: WritableDb;
  readonly read: ReadableDb;
  /** Merges the WAL into the file and closes both connections. */
  close(): void;
}

/** A store and the files that SQLite keeps next to it; they must always stay together. */
export const COMPANIONS = ['', '-wal', '-shm', '-journal'];

const MAGIC = 'SQLite format 3\u0000';
/** Above this size, a full check would take too long. */
const CHECKED_BYTES = 256 * 2 ** 20;

function corrupted(path: string, why: string): KeelError {
  return new KeelError({
    code: 'store_corrupted',
    why: `The run store ${path} is damaged: ${why}.`,
    fix:
      'Nothing was changed. Run `keel runs repair`: it moves the damaged files aside and rebuilds the store ' +
      'from the run folders.',
  });
}

/** Names of the folders below a data folder's `runs`, except for those that Keel is about to remove or to add. */
function runFolders(home: string): readonly string[] {
  const runs = join(home, 'runs');
  if (!existsSync(runs)) return [];
  const entries = readdirSync(runs, { withFileTypes: true });
  return entries.flatMap(({ name }) => (name.startsWith('.') || !existsSync(join(runs, name, '.')) ? [] : [name]));
}

function lost(path: string, state: string, folders: readonly string[]): KeelError {
  const runs = join(dirname(path), 'runs');
  return new KeelError({
    code: 'store_missing',
    why:
      `The run store ${path} ${state}, but ${runs} contains ` +
      `${folders.length} run ${folders.length === 1 ? 'folder' : 'folders'}.`,
    fix:
      'Nothing was changed. Run `keel runs repair`: it restores the newest sound backup and the run folders. ' +
      `To start over, move ${runs} elsewhere first.`,
  });
}

/** A missing store counts as new only if there are no run folders. */
function requireNew(path: string): void {
  const folders = runFolders(dirname(path));
  if (folders.length > 0) throw lost(path, 'is missing', folders);
}

/** So does a store that has never contained a run: it may have been created after the original store was lost. */
function requireNotEmptied(db: WritableDb, path: string): void {
  if (highestRunNumber(db) > 0) return;
  const home = dirname(path);
  const folders = runFolders(home).filter((name) => existsSync(join(home, 'runs', name, 'run.json')));
  if (folders.length > 0) throw lost(path, 'has never contained a run', folders);
}

/** A file of 0 bytes with a WAL next to it is not a new store, but SQLite would treat it as one. */
function inspectHeader(path: string): number {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const header = Buffer.alloc(MAGIC.length);
    readSync(file, header, 0, header.length, 0);
    if (size === 0) throw corrupted(path, 'it has 0 bytes');
    if (header.toString('latin1') !== MAGIC) throw corrupted(path, 'it does not have the header of a SQLite database');
    return size;
  } finally {
    closeSync(file);
  }
}

function checkPages(db: WritableDb, path: string): void {
  try {
    const answer = db.pragma('quick_check(1)', { simple: true });
    if (answer !== 'ok') throw corrupted(path, String(answer).split('\n')[0] ?? 'a page cannot be read');
  } catch (error) {
    throw storeError(error, path);
  }
}

export interface OpenStoreOptions {
  /** Allows a store that lacks the runs below `runs`: a repair adds them. */
  readonly isRepair?: boolean;
  /** The data folder, if the file is a copy of its store in another location. */
  readonly home?: string;
}

/**
 * Opens the store at a path, creating it if necessary, and migrates it to the newest schema.
 * Throws `store_missing` if the store of existing runs is lost, `store_corrupted`, `store_future`, `store_read_only`,
 * `store_full`, `store_io`, `store_busy`.
 */
export function openStore(path: string, options: OpenStoreOptions = {}): Store {
  const { isRepair = false, home = dirname(path) } = options;
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  if (!isRepair && !existsSync(path)) requireNew(path);
  const bytes = existsSync(path) ? inspectHeader(path) : 0;
  const write = openWriter(path, home);
  try {
    if (bytes > 0 && bytes <= CHECKED_BYTES) checkPages(write, path);
    migrate(write, { home });
    if (!isRepair) requireNotEmptied(write, path);
    const read = openReader(path, home);
    for (const companion of COMPANIONS) makePrivate(path + companion);
    return connected(path, write, read);
  } catch (error) {
    write.close();
    throw storeError(error, path);
  }
}

function connected(path: string, write: WritableDb, read: ReadableDb): Store {
  const close = () => {
    if (read !== write) read.close();
    try {
      if (write.open && !write.memory) write.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // A damaged store or a full disk: the WAL stays next to the file and is read at the next start.
    }
    write.close();
  };
  return { path, write, read, close };
}
