import { KeelError } from '#contract/errors.ts';
import { diskRoom, freeBytes, whatToFree } from '../disk/disk-full.ts';

interface Kind {
  readonly code: string;
  readonly why: string;
  readonly fix: string;
}

const FULL: Kind = { code: 'store_full', why: 'cannot grow: the disk is full', fix: '' };
/** With less free space, SQLite's shared memory file and a page do not fit, and it reports I/O errors instead. */
const NO_ROOM_BYTES = 64 * 1024;

/** The first match of SQLite's result code by prefix applies; more specific patterns come first. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    {
      code: 'store_corrupted',
      why: 'is damaged',
      fix: 'Nothing was changed. Run `keel runs repair`: it moves the damaged files aside and rebuilds.',
    },
  ],
  [
    /^SQLITE_(READONLY|PERM|AUTH|CANTOPEN)/,
    {
      code: 'store_read_only',
      why: 'cannot be written',
      fix: 'Make the folder writable for this user, or set KEEL_HOME to another folder.',
    },
  ],
  [/^SQLITE_FULL/, FULL],
  [
    /^SQLITE_IOERR/,
    { code: 'store_io', why: 'had an input/output error', fix: 'Check the disk and its connection; active runs wait.' },
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    {
      code: 'store_busy',
      why: 'is locked by another process',
      fix: 'Close other programs that have the file open, then try again.',
    },
  ],
];

function resultCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_') ? code : '';
}

function hasRoom(path: string): boolean {
  try {
    return freeBytes(path) >= NO_ROOM_BYTES;
  } catch {
    return true;
  }
}

/** Converts an SQLite error to a typed error with the file's path; returns anything else unchanged. */
export function storeError(error: unknown, path: string): unknown {
  const result = resultCode(error);
  if (!result) return error;
  const found = KINDS.find(([pattern]) => pattern.test(result))?.[1];
  const isFull = found === FULL || (found?.code === 'store_io' && !hasRoom(path));
  const kind = (isFull ? FULL : found) ?? {
    code: 'store_unknown',
    why: 'failed',
    fix: 'Check the log of the run, and run `keel system`.',
  };
  return new KeelError({
    code: kind.code,
    why: `The run store ${path} ${kind.why} (${result}: ${(error as Error).message}).`,
    fix: isFull ? `${whatToFree(diskRoom(path))}; active runs wait.` : kind.fix,
    cause: error,
  });
}

/** Whether waiting may help: rows can be kept in memory and written later. */
export function isWaitable(error: unknown): boolean {
  return error instanceof KeelError && ['store_full', 'store_io', 'store_busy'].includes(error.code);
}
