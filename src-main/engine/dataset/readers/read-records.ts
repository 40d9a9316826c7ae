import type { ColumnMapping, DatasetFormat } from '../dataset-format.ts';
import { detectFormat } from '../detect-type.ts';
import { type RecordItem, type RecordReading, toRecord } from '../to-record.ts';
import { DEFAULT_LIMITS, type ReadLimits, type ReadOptions } from './raw-rows.ts';
import { readRows } from './read-rows.ts';

export interface RecordOptions extends RecordReading {
  readonly columns?: ColumnMapping;
  readonly limits?: ReadLimits;
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

export interface RecordReader {
  readonly format: DatasetFormat;
  /** Records and faults in file order; the file is read lazily. */
  readonly items: AsyncGenerator<RecordItem>;
}

async function* convertRows(
  file: string,
  format: DatasetFormat,
  options: ReadOptions & RecordReading,
): AsyncGenerator<RecordItem> {
  for await (const item of readRows(file, options)) {
    yield 'fault' in item ? item : toRecord(item.row, format, file, options);
  }
}

/**
 * Opens a dataset: detects its format from the first rows, then yields every row as a record or a fault.
 * Throws `dataset.missing_file`, `.unknown_format`, `.empty`, `.unknown_columns`, `.missing_column`, `.broken_gzip`,
 * `.suspicious_compression`, `.broken_parquet`, `.no_array`, `canceled`.
 */
export async function readRecords(file: string, options: RecordOptions = {}): Promise<RecordReader> {
  const { columns = {}, limits = DEFAULT_LIMITS, signal, onBytes, asFormerly = false } = options;
  const reading: ReadOptions = { limits, ...(signal && { signal }) };
  const format = await detectFormat(file, columns, { ...reading, asFormerly });
  return { format, items: convertRows(file, format, { ...reading, asFormerly, ...(onBytes && { onBytes }) }) };
}
