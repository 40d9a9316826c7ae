import type { FileHandle } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import type * as arrow from 'apache-arrow';
import { canceled, KeelError } from '#contract/errors.ts';
import { rowsOfBatch } from './arrow-columns.ts';
import { plainFields } from './column-values.ts';
import { unpackLz4Frame } from './lz4-frame.ts';
import { fileBytes, openFile } from './open-bytes.ts';
import type { RawItem, ReadOptions } from './raw-rows.ts';

/** A record batch is held in memory as a whole; `datasets` writes 1,000 rows to each. */
const MAX_BATCH_BYTES = 512 * 2 ** 20;
/** A buffer may unpack to this size whatever it is packed to: the offsets of an empty column are all zero. */
const RATIO_COUNTS_FROM = 64 * 2 ** 20;
/** What a Feather file of version 1 starts with, and an IPC file starts and ends with. */
const FEATHER_1 = 'FEA1';
const IPC_FILE = 'ARROW1';

function broken(path: string, why: string, cause?: unknown): KeelError {
  return new KeelError({
    code: 'dataset.broken_arrow',
    why: `${path} could not be read: ${why}.`,
    fix: 'Download the file again, or write it again with pyarrow (as a Feather file of version 2) or datasets.',
    cause,
  });
}

/** How many bytes the buffers of the batch in work may still unpack to. */
class BatchBudget {
  private left = MAX_BATCH_BYTES;
  private readonly ratio: number;

  constructor(ratio: number) {
    this.ratio = ratio;
  }

  startBatch(): void {
    this.left = MAX_BATCH_BYTES;
  }

  /** Unpacks a buffer with a function that takes the most bytes it may unpack to. */
  unpack(packed: Uint8Array, unpack: (most: number) => Uint8Array): Uint8Array {
    const unpacked = unpack(Math.min(this.left, Math.max(RATIO_COUNTS_FROM, this.ratio * packed.length)));
    this.left -= unpacked.length;
    return unpacked;
  }
}

/** Sets the decompressors of Arrow's buffers, which it has for all files. */
function setCodecs({ compressionRegistry, CompressionType }: typeof arrow, budget: BatchBudget): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode: (bytes) => budget.unpack(bytes, (most) => unpackLz4Frame(bytes, most)),
  });
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (bytes) =>
      budget.unpack(bytes, (most) => new Uint8Array(zstdDecompressSync(bytes, { maxOutputLength: most }))),
  });
}

/**
 * What Arrow needs of a file. Counts the bytes that were asked for since the last batch, so that a length in a damaged
 * header cannot fill the memory.
 */
function boundedHandle(handle: FileHandle, path: string) {
  let bytes = 0;
  return {
    fd: handle.fd,
    stat: () => handle.stat(),
    close: () => handle.close(),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      bytes += length;
      if (bytes > MAX_BATCH_BYTES) throw broken(path, `a record batch claims more than ${MAX_BATCH_BYTES} bytes`);
      return await handle.read(buffer, offset, length, position);
    },
    startBatch: () => {
      bytes = 0;
    },
  };
}

async function checkMarks(handle: FileHandle, path: string, size: number): Promise<void> {
  const length = IPC_FILE.length;
  const textAt = async (position: number) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, Math.max(0, position));
    return buffer.toString('latin1', 0, bytesRead);
  };
  const start = await textAt(0);
  if (start.startsWith(FEATHER_1)) throw broken(path, 'it is a Feather file of version 1');
  if (size === 0) throw broken(path, 'it is empty');
  if (start === IPC_FILE && (await textAt(size - length)) !== IPC_FILE) throw broken(path, 'its end is missing');
}

/** What Arrow says about a type that it does not know names it; its other errors are of no use to a reader. */
function reasonOf(cause: unknown, rows: number): string {
  const message = cause instanceof Error ? cause.message : '';
  if (message.startsWith('Unrecognized type')) return `it has a column of a type that is not supported (${message})`;
  return `it is damaged or incomplete, or unpacks out of proportion${rows === 0 ? '' : `, after row ${rows}`}`;
}

/**
 * Rows of an Arrow file: an IPC stream, as `datasets` saves it, or an IPC file (Feather version 2), with one record batch
 * in memory at a time; `line` is the row's number from 1. Throws `dataset.broken_arrow`, `dataset.missing_file`,
 * `dataset.unreadable`, `canceled`.
 */
export async function* readArrow(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const size = fileBytes(path);
  const arrow = await import('apache-arrow');
  const budget = new BatchBudget(options.limits.ratio);
  setCodecs(arrow, budget);
  const handle = await openFile(path);
  let line = 0;
  try {
    await checkMarks(handle, path, size);
    const bounded = boundedHandle(handle, path);
    const reader = await arrow.RecordBatchReader.from(bounded as unknown as FileHandle);
    for await (const batch of await reader.open({ autoDestroy: false })) {
      if (options.signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
      for (const row of rowsOfBatch(arrow, batch)) yield itemOf(row, ++line);
      bounded.startBatch();
      budget.startBatch();
    }
    options.onBytes?.(size);
  } catch (cause) {
    if (cause instanceof KeelError) throw cause;
    throw broken(path, reasonOf(cause, line), cause);
  } finally {
    await handle.close();
  }
}

function itemOf(row: object, line: number): RawItem {
  const fields = plainFields(row);
  return fields ? { row: { line, fields } } : { fault: { line, reason: 'bad_utf8', why: 'is not valid UTF-8' } };
}
