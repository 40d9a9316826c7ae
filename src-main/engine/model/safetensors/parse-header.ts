import { bitsOf } from './dtypes.ts';
import { badSafetensors, HeaderScanner } from './header-scanner.ts';

/** The same limit as in the format's reference reader. */
export const MAX_HEADER_BYTES = 100_000_000;
export const MAX_ENTRIES = 50_000;
const MAX_RANK = 64;

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Offset in bytes from the start of the data part. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Length of the header, from the first eight bytes and the size of the file.
 * @throws KeelError `safetensors_invalid` if it is not possible.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, file: string): number {
  if (prefix.byteLength < 8 || fileBytes < 8)
    throw badSafetensors(file, `${fileBytes} bytes are too few for a header.`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    throw badSafetensors(file, `the header claims ${length} bytes, above the limit of 100 MB.`);
  if (length < 2n) throw badSafetensors(file, 'the header is empty.');
  if (Number(length) > fileBytes - 8) {
    throw badSafetensors(file, `the header claims ${length} bytes, the file has ${fileBytes}; it seems truncated.`);
  }
  return Number(length);
}

function byteLength(name: string, dtype: string, shape: readonly number[], file: string): number {
  const where = `${file}, tensor ${JSON.stringify(name)}`;
  const bits = bitsOf(dtype);
  if (bits === undefined) throw badSafetensors(where, `unknown dtype ${JSON.stringify(dtype)}.`);
  const product = shape.reduce((size, axis) => size * BigInt(axis), BigInt(bits));
  if (product % 8n !== 0n) throw badSafetensors(where, 'it does not end at a byte boundary.');
  if (product / 8n > BigInt(Number.MAX_SAFE_INTEGER))
    throw badSafetensors(where, `shape [${shape.join(', ')}] is too large.`);
  return Number(product / 8n);
}

function readEntry(scanner: HeaderScanner, name: string, file: string): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object((key) => {
    if (key === 'dtype') dtype = scanner.string();
    else if (key === 'shape') shape = scanner.integers(MAX_RANK);
    else if (key === 'data_offsets') offsets = scanner.integers(2);
    else throw scanner.fail(`tensor ${JSON.stringify(name)} has the unknown field ${JSON.stringify(key)}`);
  });
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    throw scanner.fail(`tensor ${JSON.stringify(name)} has no dtype, shape or data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const where = `${file}, tensor ${JSON.stringify(name)}`;
  if (end < begin) throw badSafetensors(where, `its offsets ${begin}..${end} are reversed.`);
  const size = byteLength(name, dtype, shape, file);
  if (end - begin !== size) {
    throw badSafetensors(
      where,
      `its offsets span ${end - begin} bytes, but [${shape.join(', ')}] of ${dtype} needs ${size}.`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Checks that tensors follow each other without gap or overlap and end where the file ends. */
function checkCover(entries: readonly TensorEntry[], dataBytes: number, file: string): void {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { name, begin, end } of ordered) {
    if (begin !== expected) {
      const fault = begin < expected ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw badSafetensors(`${file}, tensor ${JSON.stringify(name)}`, `it starts at byte ${begin} and ${fault}.`);
    }
    expected = end;
  }
  if (expected > dataBytes) {
    throw badSafetensors(file, `it should contain ${expected} data bytes but has ${dataBytes}; it seems truncated.`);
  }
  if (expected < dataBytes) throw badSafetensors(file, `${dataBytes - expected} bytes follow the last tensor.`);
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badSafetensors(file, 'the header is not valid UTF-8.');
  }
}

/**
 * Parses and checks a header. Names are used as keys of a Map, never of an object, and never as a path.
 * @param bytes the header without the eight length bytes; @param dataBytes number of bytes after it in the file.
 * @throws KeelError `safetensors_invalid` naming file and tensor.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, file: string): SafetensorsHeader {
  if (bytes[0] !== 0x7b) throw badSafetensors(file, 'the header does not start with {.');
  const scanner = new HeaderScanner(decodeUtf8(bytes, file), file);
  const tensors = new Map<string, TensorEntry>();
  const metadata = new Map<string, string>();
  scanner.object((name) => {
    if (name === '__metadata__') {
      scanner.object((key) => {
        metadata.set(key, scanner.string());
      });
      return;
    }
    if (tensors.size >= MAX_ENTRIES) throw badSafetensors(file, `it has more than ${MAX_ENTRIES} tensors.`);
    tensors.set(name, readEntry(scanner, name, file));
  });
  scanner.end();
  checkCover([...tensors.values()], dataBytes, file);
  return { tensors, metadata };
}
