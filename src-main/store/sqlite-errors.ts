import { KeelError } from '#contract/errors.ts';

interface Kind {
  readonly code: string;
  readonly why: string;
  readonly fix: string;
}

/** First match of SQLite's result code by prefix, from the more to the less specific. */
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
  [
    /^SQLITE_FULL/,
    { code: 'store_full', why: 'cannot grow: the disk is full', fix: 'Free disk space; the run waits.' },
  ],
  [
    /^SQLITE_IOERR/,
    { code: 'store_io', why: 'met an input/output error', fix: 'Check the disk and its connection; the run waits.' },
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    {
      code: 'store_busy',
      why: 'is held by another process',
      fix: 'Close other programs that have the file open, then try again.',
    },
  ],
];

function resultCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_') ? code : '';
}

/** Turns what SQLite throws into a typed error that names the file; anything else comes back as it is. */
export function storeError(error: unknown, path: string): unknown {
  const result = resultCode(error);
  if (!result) return error;
  const kind = KINDS.find(([pattern]) => pattern.test(result))?.[1] ?? {
    code: 'store_unknown',
    why: 'failed',
    fix: 'Look at the log of the run; `keel doctor` checks the store.',
  };
  return new KeelError({
    code: kind.code,
    why: `The run store ${path} ${kind.why} (${result}: ${(error as Error).message}).`,
    fix: kind.fix,
    cause: error,
  });
}

/** True when waiting may help: rows can be kept in memory and written later. */
export function isWaitable(error: unknown): boolean {
  return error instanceof KeelError && ['store_full', 'store_io', 'store_busy'].includes(error.code);
}
