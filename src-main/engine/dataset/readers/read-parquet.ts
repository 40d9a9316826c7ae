import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { canceled, KeelError } from '#contract/errors.ts';
import { fileBytes } from './open-bytes.ts';
import { fieldsOf, type RawItem, type ReadOptions } from './raw-rows.ts';

/** A row group is held in memory as a whole; writers usually keep them far below this. */
const MAX_GROUP_BYTES = 512 * 2 ** 20;
const MAX_PAGE_BYTES = 128 * 2 ** 20;
const RATIO_COUNTS_FROM = 2 ** 20;

function broken(path: string, why: string, cause?: unknown): KeelError {
  return new KeelError({
    code: 'dataset.broken_parquet',
    why: `${path} could not be read: ${why}.`,
    fix: 'Write the file again with row groups below 512 MB, or download it again.',
    cause,
  });
}

type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

/** Decompressors that reject a page whose stated size is out of proportion, before allocating memory for it. */
function boundedCompressors(path: string, ratio: number): Record<string, Decompress> {
  const bounded = (decompress: Decompress): Decompress => {
    return (input, outputLength) => {
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

/** hyparquet returns 64-bit integers as bigint, which records do not support. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Rows of a Parquet file, with one row group in memory at a time; `line` is the row's number from 1. */
export async function* readParquet(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const size = fileBytes(path);
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw broken(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  checkGroups(path, metadata);
  const bounded = boundedCompressors(path, options.limits.ratio);
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    if (options.signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
    const rows = await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end, compressors: bounded }).catch(
      (cause: unknown) => {
        if (cause instanceof KeelError) throw cause;
        throw broken(path, cause instanceof Error ? cause.message : String(cause), cause);
      },
    );
    for (const [index, row] of rows.entries()) {
      const fields = new Map([...fieldsOf(row)].map(([name, value]) => [name, plain(value)]));
      yield { row: { line: start + index + 1, fields } };
    }
    start = end;
    options.onBytes?.(Math.round((size * end) / Math.max(1, Number(metadata.num_rows))));
  }
}
