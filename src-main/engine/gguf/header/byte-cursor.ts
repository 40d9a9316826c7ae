import { readSync } from 'node:fs';
import { badGguf } from '../bad-gguf.ts';

/** Far above any published header: 256k tokens with merges take 10 MB. */
export const MAX_HEADER_BYTES = 2 ** 28;
const WINDOW_BYTES = 2 ** 20;
const MAX_STRING_BYTES = 2 ** 24;

/** Reads little-endian values one after the other from the start of a file, never beyond its end. */
export class ByteCursor {
  readonly path: string;
  readonly #descriptor: number;
  readonly #size: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #bytes = new Uint8Array(0);
  /** Position of the window in the file. */
  #start = 0;
  #at = 0;

  constructor(descriptor: number, size: number, path: string) {
    this.#descriptor = descriptor;
    this.#size = size;
    this.path = path;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#start + this.#at;
  }

  /** Bytes left in the file. */
  get remaining(): number {
    return this.#size - this.position;
  }

  fail(why: string) {
    return badGguf(this.path, `${why} (header, byte ${this.position}).`);
  }

  #fill(length: number): void {
    const begin = this.position;
    const bytes = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), this.#size - begin));
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(this.#descriptor, bytes, done, bytes.length - done, begin + done);
      if (count === 0) throw this.fail('the file ended while it was being read');
      done += count;
    }
    this.#bytes = bytes;
    this.#start = begin;
    this.#at = 0;
  }

  /** The next bytes, valid until the next call. */
  take(length: number): Uint8Array {
    if (length > this.remaining) {
      throw this.fail(`${length} bytes are expected, but only ${this.remaining} follow; the file seems truncated`);
    }
    if (this.position + length > MAX_HEADER_BYTES) throw this.fail('the header exceeds 256 MB');
    if (this.#at + length > this.#bytes.length) this.#fill(length);
    const begin = this.#at;
    this.#at += length;
    return this.#bytes.subarray(begin, this.#at);
  }

  view(length: number): DataView {
    const bytes = this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  uint32(): number {
    return this.view(4).getUint32(0, true);
  }

  /** An unsigned 64-bit number that must be at most 2^53 - 1. */
  count(what: string): number {
    const value = this.view(8).getBigUint64(0, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.fail(`${what} is ${value}`);
    return Number(value);
  }

  string(what: string): string {
    const length = this.count(`the length of ${what}`);
    if (length > MAX_STRING_BYTES) throw this.fail(`${what} claims ${length} bytes`);
    const bytes = this.take(length);
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw this.fail(`${what} is not valid UTF-8`);
    }
  }
}
