/** Where a rule would make the code worse: what it finds, word for word, and why it stays. */
export interface Exception {
  readonly what: string;
  readonly because: string;
}

export const IMPORT_EXCEPTIONS: readonly Exception[] = [];

/** Files above 400 lines and functions above 60, as `path` or `path: function`. */
export const SIZE_EXCEPTIONS: readonly Exception[] = [];

/** Names that the lists ban, as `path: name`. */
export const NAME_EXCEPTIONS: readonly Exception[] = [
  {
    what: 'tests/engine/advantage/whiten.test.ts: mask',
    because: 'a field of the reference vectors, which are kept word for word',
  },
];
