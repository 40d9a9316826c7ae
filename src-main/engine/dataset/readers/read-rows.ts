import { type FileKind, fileKindOf } from './file-kind.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';
import { readArrow } from './read-arrow.ts';
import { readCsv } from './read-csv.ts';
import { readJson } from './read-json.ts';
import { readJsonl } from './read-jsonl.ts';
import { readParquet } from './read-parquet.ts';
import { readTxt } from './read-txt.ts';

const READERS: Readonly<Record<FileKind, (path: string, options: ReadOptions) => AsyncGenerator<RawItem>>> = {
  jsonl: readJsonl,
  json: readJson,
  csv: readCsv,
  parquet: readParquet,
  arrow: readArrow,
  txt: readTxt,
};

/** Rows of a dataset file in file order, each usable or a fault; memory does not grow with the file. */
export function readRows(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  return READERS[fileKindOf(path)](path, options);
}
