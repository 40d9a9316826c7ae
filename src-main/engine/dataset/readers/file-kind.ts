import { KeelError } from '#contract/errors.ts';

export const FILE_KINDS = ['jsonl', 'json', 'csv', 'parquet', 'txt'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const KIND_OF_EXTENSION: ReadonlyMap<string, FileKind> = new Map([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['parquet', 'parquet'],
  ['txt', 'txt'],
]);

/** Kind of a dataset file by its name; a trailing `.gz` is ignored. Throws `dataset.unknown_format`. */
export function fileKindOf(path: string): FileKind {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  const kind = KIND_OF_EXTENSION.get(name.slice(name.lastIndexOf('.') + 1));
  const gzippedParquet = kind === 'parquet' && path.toLowerCase().endsWith('.gz');
  if (kind !== undefined && !gzippedParquet) return kind;
  throw new KeelError({
    code: 'dataset.unknown_format',
    why: gzippedParquet ? `${path} is a gzipped Parquet file.` : `${path} has none of the extensions that Keel reads.`,
    fix: gzippedParquet
      ? 'Unpack it: Parquet files are already compressed inside.'
      : 'Use .jsonl, .json, .csv, .tsv, .txt (each also with .gz) or .parquet.',
  });
}
