/**
 * Float32 arrays cross every transport as base64 of their little-endian bytes: JSON would turn them into objects and
 * lose NaN and the infinities. Written by hand, since neither `Buffer` nor `btoa` exists on both sides.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const PADDING = '='.charCodeAt(0);
const BYTES = 4;
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
    text += String.fromCharCode(...codes.subarray(start, start + LETTERS_AT_ONCE));
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
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let [bits, held, to] = [0, 0, 0];
  for (let from = 0; from < text.length - padding; from += 1) {
    const value = VALUES[text.charCodeAt(from)] ?? 255;
    if (value === 255) throw new RangeError(`Base64 has no letter at ${from}.`);
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[to] = (bits >> held) & 255;
    to += 1;
  }
  return bytes;
}

/** A float32 array, or a part of one, as text. */
export function encodeFloats(floats: Float32Array): string {
  const bytes = new Uint8Array(floats.length * BYTES);
  const view = new DataView(bytes.buffer);
  // Bits, not values: a NaN that passes through a number may come back with other bits.
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  for (let index = 0; index < bits.length; index += 1) view.setUint32(index * BYTES, bits[index]!, true);
  return encodeBytes(bytes);
}

/** The float32 array, bit for bit. Throws `RangeError` for a text that {@link encodeFloats} has not made. */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  const bytes = decodeBytes(text);
  if (bytes.length % BYTES !== 0) throw new RangeError(`${bytes.length} bytes are no float32 array.`);
  const view = new DataView(bytes.buffer);
  const bits = new Uint32Array(bytes.length / BYTES);
  for (let index = 0; index < bits.length; index += 1) bits[index] = view.getUint32(index * BYTES, true);
  return new Float32Array(bits.buffer);
}

/** A float64 array, or a part of one, as text: for what float32 would round, such as steps and times. */
export function encodeDoubles(doubles: Float64Array): string {
  const bytes = new Uint8Array(doubles.length * 2 * BYTES);
  const view = new DataView(bytes.buffer);
  const bits = new BigUint64Array(doubles.buffer, doubles.byteOffset, doubles.length);
  for (let index = 0; index < bits.length; index += 1) view.setBigUint64(index * 2 * BYTES, bits[index]!, true);
  return encodeBytes(bytes);
}

/** The float64 array, bit for bit. Throws `RangeError` for a text that {@link encodeDoubles} has not made. */
export function decodeDoubles(text: string): Float64Array<ArrayBuffer> {
  const bytes = decodeBytes(text);
  if (bytes.length % (2 * BYTES) !== 0) throw new RangeError(`${bytes.length} bytes are no float64 array.`);
  const view = new DataView(bytes.buffer);
  const bits = new BigUint64Array(bytes.length / (2 * BYTES));
  for (let index = 0; index < bits.length; index += 1) bits[index] = view.getBigUint64(index * 2 * BYTES, true);
  return new Float64Array(bits.buffer);
}
