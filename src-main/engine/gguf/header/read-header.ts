import { badGguf, unsupportedGguf } from '../bad-gguf.ts';
import { otherTypeName, TENSOR_TYPES, type TensorType, tensorTypeOf } from '../types/tensor-types.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { type GgufValue, readValue } from './read-value.ts';

export interface GgufTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Row-major, as in a Hugging Face folder; the file lists the axes in reverse order. */
  readonly shape: readonly number[];
  /** Offset in bytes from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Position of the data in the file. */
  readonly dataStart: number;
}

const MAX_TENSORS = 50_000;
const MAX_KEYS = 50_000;
const MAX_RANK = 4;
const MAX_NAME = 512;

function readStart(cursor: ByteCursor): { readonly tensors: number; readonly keys: number } {
  if (cursor.remaining < 24 || cursor.uint32() !== 0x46554747) throw badGguf(cursor.path, 'it is not a GGUF file.');
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) {
    const isSwapped = (version & 0xffff) === 0 && version !== 0;
    const found = isSwapped ? 'it is a big-endian file' : `it has version ${version} of the format`;
    throw unsupportedGguf(cursor.path, `${found}; Keel reads versions 2 and 3, little-endian.`);
  }
  const tensors = cursor.count('the number of tensors');
  const keys = cursor.count('the number of metadata keys');
  if (tensors > MAX_TENSORS || keys > MAX_KEYS) throw cursor.fail(`it claims ${tensors} tensors and ${keys} keys`);
  return { tensors, keys };
}

function readMetadata(cursor: ByteCursor, count: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < count; index++) {
    const key = cursor.string('a metadata key');
    if (metadata.has(key)) throw cursor.fail(`the key ${JSON.stringify(key)} occurs twice`);
    metadata.set(key, readValue(cursor, cursor.uint32(), key));
  }
  return metadata;
}

function requireType(cursor: ByteCursor, name: string, id: number): TensorType {
  const type = tensorTypeOf(id);
  if (type) return type;
  const known = TENSOR_TYPES.map((one) => one.name).join(', ');
  throw unsupportedGguf(`${cursor.path}, tensor ${name}`, `its type ${otherTypeName(id)} is none of ${known}.`);
}

function readTensor(cursor: ByteCursor, alignment: number): GgufTensor {
  const name = cursor.string('the name of a tensor');
  if (name.length > MAX_NAME) throw cursor.fail('the name of a tensor is too long');
  const rank = cursor.uint32();
  if (rank < 1 || rank > MAX_RANK) throw cursor.fail(`tensor ${name} has ${rank} axes`);
  const axes = Array.from({ length: rank }, () => cursor.count(`an axis of ${name}`));
  const type = requireType(cursor, name, cursor.uint32());
  const begin = cursor.count(`the offset of ${name}`);
  const shape = axes.toReversed();
  const size = axes.reduce((product, axis) => product * axis, 1);
  const where = `${cursor.path}, tensor ${name}`;
  if (size === 0 || !Number.isSafeInteger(size)) throw badGguf(where, `it has the shape [${shape.join(', ')}].`);
  if ((axes[0] as number) % type.block !== 0) {
    throw badGguf(where, `its rows of ${axes[0]} values are not a multiple of ${type.name}'s ${type.block}.`);
  }
  if (begin % alignment !== 0) throw badGguf(where, `its offset ${begin} is not a multiple of ${alignment}.`);
  return { name, type, shape, begin, end: begin + (size / type.block) * type.bytes };
}

function checkPlaces(tensors: Iterable<GgufTensor>, dataBytes: number, path: string): void {
  let free = 0;
  for (const { name, begin, end } of [...tensors].sort((a, b) => a.begin - b.begin)) {
    if (begin < free) throw badGguf(`${path}, tensor ${name}`, `it overlaps the tensor before it at byte ${begin}.`);
    if (end > dataBytes) {
      throw badGguf(
        `${path}, tensor ${name}`,
        `it ends at data byte ${end}, but the file has ${dataBytes}; it seems truncated.`,
      );
    }
    free = end;
  }
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, path: string): number {
  const value = metadata.get('general.alignment') ?? 32;
  if (typeof value === 'number' && Number.isInteger(Math.log2(value)) && value >= 1 && value <= 2 ** 20) return value;
  throw badGguf(path, `general.alignment is ${JSON.stringify(value)}.`);
}

function refuseParts(metadata: ReadonlyMap<string, GgufValue>, path: string): void {
  const parts = metadata.get('split.count') ?? 0;
  if (typeof parts !== 'number' || parts <= 1) return;
  const fix = 'Merge the parts with `llama-gguf-split --merge`, then use the merged file.';
  throw unsupportedGguf(path, `it is one of ${parts} parts of a model.`, fix);
}

/**
 * Reads and checks the whole header: metadata, and name, type, shape and place of every tensor.
 * @throws KeelError `gguf_invalid`, `gguf_unsupported`.
 */
export function readHeader(cursor: ByteCursor): GgufHeader {
  const { tensors: tensorCount, keys } = readStart(cursor);
  const metadata = readMetadata(cursor, keys);
  refuseParts(metadata, cursor.path);
  const alignment = alignmentOf(metadata, cursor.path);
  const tensors = new Map<string, GgufTensor>();
  for (let index = 0; index < tensorCount; index++) {
    const tensor = readTensor(cursor, alignment);
    if (tensors.has(tensor.name)) throw cursor.fail(`tensor ${tensor.name} occurs twice`);
    tensors.set(tensor.name, tensor);
  }
  const { position, remaining, path } = cursor;
  const dataStart = Math.ceil(position / alignment) * alignment;
  checkPlaces(tensors.values(), Math.max(position + remaining - dataStart, 0), path);
  return { metadata, tensors, dataStart };
}
