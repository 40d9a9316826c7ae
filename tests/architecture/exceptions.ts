/** Where a rule would make the code worse: what it finds, word for word, and why it stays. */
export interface Exception {
  readonly what: string;
  readonly because: string;
}

export const IMPORT_EXCEPTIONS: readonly Exception[] = [
  {
    what: 'scripts/acceptance/cluster-study.ts imports tests/clusters/ray/cluster-desk.ts',
    because: 'the acceptance measures on the same Ray that the tests start',
  },
  {
    what: 'scripts/acceptance/cluster-study.ts imports tests/clusters/ray/ray-cluster.ts',
    because: 'it starts that Ray, as its sibling above says',
  },
];

/** Files above 400 lines and functions above 60, as `path` or `path: function`. */
export const SIZE_EXCEPTIONS: readonly Exception[] = [];

/** Names that the lists ban, as `path: name`. */
export const NAME_EXCEPTIONS: readonly Exception[] = [
  {
    what: 'tests/engine/advantage/whiten.test.ts: mask',
    because: 'a field of the reference vectors, which are kept word for word',
  },
];
