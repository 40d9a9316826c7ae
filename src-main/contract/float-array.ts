/**
 * Float32 arrays cross every transport as base64 of their little-endian bytes: JSON would turn them into objects and
 * lose NaN and the infinities. Written by hand, since neither `Buffer` nor `btoa` exists on both sides.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const PADDING = '='.charCodeAt(0);
/** `String.fromCharCode` takes its letters as arguments, of which an engine allows some ten thousand. */
const LETTERS_AT_ONCE = 8192;

/** Every letter's value by its code, 255 for what is no letter. */
const VALUES = new Uint8Array(256).fill(255);
CODES.forEach((code, value) => {
  VALUES[code] = value;
});

function textOf(codes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < codes.length; start += LETTERS_AT_ONCE) {
    const letters = codes.subarray(start, start + LETTERS_AT_ONCE);
    // Four times as fast as a spread, which goes through the array's iterator.
    text += Reflect.apply(String.fromCharCode, undefined, letters);
  }
  return text;
}

/** Base64 of bytes, padded (RFC 4648). */
export function encodeBytes(bytes: Uint8Array): string {
  const codes = new Uint8Array(4 * Math.ceil(bytes.length / 3)).fill(PADDING);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from;
    const three = (bytes[from]! << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    codes[to] = CODES[three >> 18]!;
    codes[to + 1] = CODES[(three >> 12) & 63]!;
    if (left > 1) codes[to + 2] = CODES[(three >> 6) & 63]!;
    if (left > 2) codes[to + 3] = CODES[three & 63]!;
  }
  return textOf(codes);
}

/** The bytes of padded base64. Throws `RangeError` for any other text. */
export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw new RangeError('Base64 comes in groups of four letters.');
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const letters = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, to = 0; from < letters; from += 4, to += 3) {
    let four = 0;
    for (let at = from; at < from + 4; at += 1) {
      const value = at < letters ? (VALUES[text.charCodeAt(at)] ?? 255) : 0;
      if (value === 255) throw new RangeError(`Base64 has no letter at ${at}.`);
      four = (four << 6) | value;
    }
    bytes[to] = four >> 16;
    // What lies beyond the end of the array is not kept.
    bytes[to + 1] = four >> 8;
    bytes[to + 2] = four;
  }
  return bytes;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Turns the bytes of each number around, in place, where the machine keeps the highest first. */
function asLittleEndian(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (!IS_LITTLE_ENDIAN) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

/** Bytes, not values: a NaN that passes through a number may come back with other bits. */
function bytesOf(numbers: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice();
  return asLittleEndian(bytes, numbers.BYTES_PER_ELEMENT);
}

function numberBytes(text: string, width: number): Uint8Array<ArrayBuffer> {
  const bytes = decodeBytes(text);
  if (bytes.length % width !== 0) throw new RangeError(`${bytes.length} bytes are no float${8 * width} array.`);
  return asLittleEndian(bytes, width);
}

/** A float32 array, or a part of one, as text. */
export function encodeFloats(floats: Float32Array): string {
  return encodeBytes(bytesOf(floats));
}

/** The float32 array, bit for bit. Throws `RangeError` for a text that {@link encodeFloats} has not made. */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(numberBytes(text, Float32Array.BYTES_PER_ELEMENT).buffer);
}

/** A float64 array, or a part of one, as text: for what float32 would round, such as steps and times. */
export function encodeDoubles(doubles: Float64Array): string {
  return encodeBytes(bytesOf(doubles));
}

/** The float64 array, bit for bit. Throws `RangeError` for a text that {@link encodeDoubles} has not made. */
export function decodeDoubles(text: string): Float64Array<ArrayBuffer> {
  return new Float64Array(numberBytes(text, Float64Array.BYTES_PER_ELEMENT).buffer);
}
