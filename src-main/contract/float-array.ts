/**
 * Float32 arrays are sent over every transport as base64 of their little-endian bytes, because JSON would turn them
 * into objects and lose NaN and infinities. Implemented here because neither `Buffer` nor `btoa` exists on both sides.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const PADDING = '='.charCodeAt(0);
/** `String.fromCharCode` takes characters as arguments, and JavaScript engines allow only some ten thousand of them. */
const LETTERS_AT_ONCE = 8192;

/** The value of each base64 character by its code; 255 for any other character. */
const VALUES = new Uint8Array(256).fill(255);
CODES.forEach((code, value) => {
  VALUES[code] = value;
});

function textOf(codes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < codes.length; start += LETTERS_AT_ONCE) {
    const letters = codes.subarray(start, start + LETTERS_AT_ONCE);
    // Four times as fast as spread syntax, which uses the array's iterator.
    text += Reflect.apply(String.fromCharCode, undefined, letters);
  }
  return text;
}

/** Encodes bytes as padded base64 (RFC 4648). */
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

/** Decodes padded base64. Throws `RangeError` for any other text. */
export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw new RangeError('Base64 must consist of groups of four characters.');
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const letters = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, to = 0; from < letters; from += 4, to += 3) {
    let four = 0;
    for (let at = from; at < from + 4; at += 1) {
      const value = at < letters ? (VALUES[text.charCodeAt(at)] ?? 255) : 0;
      if (value === 255) throw new RangeError(`Invalid base64 character at ${at}.`);
      four = (four << 6) | value;
    }
    bytes[to] = four >> 16;
    // Writes beyond the end of the array have no effect.
    bytes[to + 1] = four >> 8;
    bytes[to + 2] = four;
  }
  return bytes;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of each number in place if the machine is big-endian. */
function asLittleEndian(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (!IS_LITTLE_ENDIAN) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

/** Copies bytes, not values: a NaN that is read as a number can change its bits. */
function bytesOf(numbers: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).slice();
  return asLittleEndian(bytes, numbers.BYTES_PER_ELEMENT);
}

function numberBytes(text: string, width: number): Uint8Array<ArrayBuffer> {
  const bytes = decodeBytes(text);
  if (bytes.length % width !== 0) throw new RangeError(`${bytes.length} bytes are not a float${8 * width} array.`);
  return asLittleEndian(bytes, width);
}

/** Encodes a float32 array, or a view of one, as text. */
export function encodeFloats(floats: Float32Array): string {
  return encodeBytes(bytesOf(floats));
}

/** Decodes a float32 array, bit for bit. Throws `RangeError` for a text not from {@link encodeFloats}. */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(numberBytes(text, Float32Array.BYTES_PER_ELEMENT).buffer);
}

/** Encodes a float64 array, or a view of one, as text: for values that float32 would round, such as steps and times. */
export function encodeDoubles(doubles: Float64Array): string {
  return encodeBytes(bytesOf(doubles));
}

/** Decodes a float64 array, bit for bit. Throws `RangeError` for a text not from {@link encodeDoubles}. */
export function decodeDoubles(text: string): Float64Array<ArrayBuffer> {
  return new Float64Array(numberBytes(text, Float64Array.BYTES_PER_ELEMENT).buffer);
}
