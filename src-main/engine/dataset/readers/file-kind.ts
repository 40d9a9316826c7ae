import { KeelError } from '#contract/errors.ts';

export const FILE_KINDS = ['jsonl', 'json', 'csv', 'parquet', 'arrow', 'txt'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const KIND_OF_EXTENSION: ReadonlyMap<string, FileKind> = new Map([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['parquet', 'parquet'],
  ['arrow', 'arrow'],
  ['feather', 'arrow'],
  ['txt', 'txt'],
]);

const PACKED = /\.(?:gz|zst)$/i;

/** Kinds that are compressed inside. */
const PACKED_INSIDE: ReadonlySet<FileKind> = new Set(['parquet', 'arrow']);

function kindByName(path: string): FileKind | undefined {
  const name = path.toLowerCase().replace(PACKED, '');
  return KIND_OF_EXTENSION.get(name.slice(name.lastIndexOf('.') + 1));
}

/** Whether a file has an extension of a dataset file. */
export function isDataFile(path: string): boolean {
  return kindByName(path) !== undefined;
}

/** Kind of a dataset file by its name; a trailing `.gz` or `.zst` is ignored. Throws `dataset.unknown_format`. */
export function fileKindOf(path: string): FileKind {
  const kind = kindByName(path);
  const isPackedTwice = kind !== undefined && PACKED_INSIDE.has(kind) && PACKED.test(path);
  if (kind !== undefined && !isPackedTwice) return kind;
  throw new KeelError({
    code: 'dataset.unknown_format',
    why: isPackedTwice
      ? `${path} is a compressed ${kind} file.`
      : `${path} has none of the extensions that Keel reads.`,
    fix: isPackedTwice
      ? 'Unpack it: files of this kind are already compressed inside.'
      : 'Use .jsonl, .json, .csv, .tsv, .txt (each also with .gz or .zst), .parquet, .arrow, or .feather.',
  });
}
