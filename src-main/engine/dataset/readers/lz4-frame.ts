const MAGIC = 0x184d2204;
const IS_STORED = 0x80000000;
/** Shortest match; its length is stored without it. */
const MIN_MATCH = 4;

interface Block {
  readonly bytes: Uint8Array;
  readonly isStored: boolean;
}

/** Blocks of an LZ4 frame, and the most bytes that they unpack to. */
function blocksOf(frame: Uint8Array): { readonly blocks: readonly Block[]; readonly most: number } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('is not an LZ4 frame');
  const flags = view.getUint8(4);
  const blockBytes = 2 ** (8 + 2 * ((view.getUint8(5) >> 4) & 7));
  const hasSize = (flags & 0x08) !== 0;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  if (hasDictionary) throw new RangeError('needs an LZ4 dictionary');
  const blocks: Block[] = [];
  let at = 7 + (hasSize ? 8 : 0);
  for (;;) {
    const word = view.getUint32(at, true);
    if (word === 0) return { blocks, most: blocks.length * blockBytes };
    const length = word % IS_STORED;
    at += 4;
    if (at + length > frame.length) throw new RangeError('an LZ4 block is cut off');
    blocks.push({ bytes: frame.subarray(at, at + length), isStored: word >= IS_STORED });
    at += length + (hasBlockChecksum ? 4 : 0);
  }
}

/** Unpacks blocks to one output, since a block may refer to the ones before it. */
class Unpacker {
  readonly output: Uint8Array;
  length = 0;

  constructor(most: number) {
    this.output = new Uint8Array(most);
  }

  store(bytes: Uint8Array): void {
    this.output.set(bytes, this.length);
    this.length += bytes.length;
  }

  unpack(bytes: Uint8Array): void {
    let at = 0;
    const lengthOf = (start: number): number => {
      let length = start;
      for (let more = start === 15 ? 255 : 0; more === 255; length += more) more = bytes[at++] ?? 0;
      return length;
    };
    while (at < bytes.length) {
      const token = bytes[at++] as number;
      const literals = lengthOf(token >> 4);
      this.store(bytes.subarray(at, at + literals));
      at += literals;
      // The last sequence has no match.
      if (at >= bytes.length) return;
      const distance = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
      at += 2;
      this.repeat(distance, lengthOf(token & 15) + MIN_MATCH);
    }
  }

  private repeat(distance: number, count: number): void {
    const end = this.length + count;
    if (distance === 0 || distance > this.length || end > this.output.length)
      throw new RangeError('an LZ4 match is out of range');
    if (distance >= count) this.output.copyWithin(this.length, this.length - distance, end - distance);
    else for (let to = this.length; to < end; to++) this.output[to] = this.output[to - distance] as number;
    this.length = end;
  }
}

/**
 * Unpacks an LZ4 frame (lz4_Frame_format.md 1.6.4), as Arrow files contain them. Throws RangeError if it is damaged, or
 * unpacks to more than `mostBytes`. Checksums are not compared.
 */
export function unpackLz4Frame(frame: Uint8Array, mostBytes: number): Uint8Array {
  const { blocks, most } = blocksOf(frame);
  // A block unpacks to at most 255 times its size.
  const bound = blocks.reduce((sum, { bytes }) => sum + bytes.length * 255, 0);
  const unpacker = new Unpacker(Math.min(most, bound, mostBytes));
  for (const { bytes, isStored } of blocks) {
    if (isStored) unpacker.store(bytes);
    else unpacker.unpack(bytes);
  }
  return unpacker.output.subarray(0, unpacker.length);
}
