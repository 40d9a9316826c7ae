import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { canceled, KeelError } from '#contract/errors.ts';
import { isoDay, isoTime, plainFields, textOfBytes } from './column-values.ts';
import { fileBytes, openFile } from './open-bytes.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';

/** A row group is held in memory as a whole; writers usually keep them far below this. */
const MAX_GROUP_BYTES = 512 * 2 ** 20;
const MAX_PAGE_BYTES = 128 * 2 ** 20;
const RATIO_COUNTS_FROM = 2 ** 20;

function broken(path: string, why: string, cause?: unknown): KeelError {
  return new KeelError({
    code: 'dataset.broken_parquet',
    why: `${path} could not be read: ${why}.`,
    fix: 'Download the file again, or write it again with pyarrow, with row groups below 512 MB.',
    cause,
  });
}

function given<Value, Result>(read: (value: Value) => Result) {
  return (value: Value | undefined) => (value === undefined ? undefined : read(value));
}

/**
 * Values as Python shows them. hyparquet's own parsers drop microseconds, replace bytes that are not text, and quote the
 * data in errors of JSON columns, which pyarrow reads as text.
 */
const PARSERS = {
  stringFromBytes: textOfBytes,
  jsonFromBytes: textOfBytes,
  timestampFromMilliseconds: given((ticks: bigint) => isoTime(ticks, 1000n)),
  timestampFromMicroseconds: given((ticks: bigint) => isoTime(ticks, 1_000_000n)),
  timestampFromNanoseconds: given((ticks: bigint) => isoTime(ticks, 1_000_000_000n)),
  dateFromDays: given(isoDay),
};

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

/** Decompressors that reject a page whose stated size is out of proportion, before allocating memory for it. */
function boundedCompressors(path: string, ratio: number): Record<string, Decompress> {
  const bounded = (decompress: Decompress): Decompress => {
    return (input, outputLength) => {
      // An empty LZ4 block is a single zero, which the decompressor takes for a match without an offset.
      if (outputLength === 0) return new Uint8Array(0);
      const tooDense = outputLength > RATIO_COUNTS_FROM && outputLength > ratio * input.length;
      if (tooDense || outputLength > MAX_PAGE_BYTES)
        throw broken(path, `a page claims to unpack to ${outputLength} bytes`);
      return decompress(input, outputLength);
    };
  };
  const known = Object.entries(compressors) as [string, Decompress][];
  return Object.fromEntries(known.map(([name, decompress]) => [name, bounded(decompress)]));
}

function checkGroups(path: string, metadata: FileMetaData): void {
  metadata.row_groups.forEach((group, index) => {
    const bytes = Number(group.total_byte_size);
    const unpacked = group.columns.reduce(
      (sum, column) => sum + Number(column.meta_data?.total_uncompressed_size ?? 0),
      0,
    );
    if (Math.max(bytes, unpacked) > MAX_GROUP_BYTES)
      throw broken(path, `row group ${index + 1} contains ${Math.max(bytes, unpacked)} bytes`);
  });
}

/** Number of decimals of each decimal column; hyparquet multiplies by 0.1 and leaves 7.1000000000000005. */
function decimalsOf(metadata: FileMetaData): ReadonlyMap<string, number> {
  const columns = parquetSchema(metadata).children.map(({ element }) => element);
  const decimals = columns.filter(({ converted_type }) => converted_type === 'DECIMAL');
  return new Map(decimals.map(({ name, scale }) => [name, scale ?? 0]));
}

function itemOf(row: Record<string, unknown>, decimals: ReadonlyMap<string, number>, line: number): RawItem {
  for (const [name, scale] of decimals) {
    if (typeof row[name] === 'number') row[name] = Number(row[name].toFixed(Math.min(scale, 100)));
  }
  const fields = plainFields(row);
  return fields ? { row: { line, fields } } : { fault: { line, reason: 'bad_utf8', why: 'is not valid UTF-8' } };
}

/** Rows of a Parquet file, with one row group in memory at a time; `line` is the row's number from 1. */
export async function* readParquet(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const size = fileBytes(path);
  await (await openFile(path)).close();
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw broken(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  checkGroups(path, metadata);
  const bounded = boundedCompressors(path, options.limits.ratio);
  const decimals = decimalsOf(metadata);
  let start = 0;
  for (const [number, group] of metadata.row_groups.entries()) {
    const end = start + Number(group.num_rows);
    if (options.signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
    const part = { rowStart: start, rowEnd: end, compressors: bounded, parsers: PARSERS, utf8: false };
    const rows = await parquetReadObjects({ file, metadata, ...part }).catch((cause: unknown) => {
      if (cause instanceof KeelError) throw cause;
      throw broken(path, `row group ${number + 1}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    });
    for (const [index, row] of rows.entries()) yield itemOf(row, decimals, start + index + 1);
    start = end;
    options.onBytes?.(Math.round((size * end) / Math.max(1, Number(metadata.num_rows))));
  }
}
