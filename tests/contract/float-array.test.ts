import { expect, test } from 'vitest';
import {
  decodeBytes,
  decodeDoubles,
  decodeFloats,
  encodeBytes,
  encodeDoubles,
  encodeFloats,
} from '#contract/float-array.ts';

const bitsOf = (floats: Float32Array) => [...new Uint32Array(floats.buffer, floats.byteOffset, floats.length)];

test.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foobar', 'Zm9vYmFy'],
])('the vectors of RFC 4648: "%s" is "%s"', (plain, text) => {
  expect(encodeBytes(new TextEncoder().encode(plain))).toBe(text);
  expect(new TextDecoder().decode(decodeBytes(text))).toBe(plain);
});

test('every byte value crosses, and the text is that of Node', () => {
  const bytes = Uint8Array.from({ length: 256 * 3 + 1 }, (_, index) => (index * 7) % 256);
  expect(encodeBytes(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  expect(decodeBytes(encodeBytes(bytes))).toEqual(bytes);
});

test('floats are bit-equal: signed zero, infinities, the least number, and a NaN with a payload', () => {
  const floats = Float32Array.of(0, -0, 1 / 3, -1e38, 2 ** -149, Infinity, -Infinity, Number.NaN, 0);
  new Uint32Array(floats.buffer)[8] = 0x7fa00001;
  const back = decodeFloats(encodeFloats(floats));
  expect(bitsOf(back)).toEqual(bitsOf(floats));
  expect(encodeFloats(Float32Array.of(1))).toBe('AACAPw==');
});

test('a part of a longer array is taken alone, and a million values need no deep stack', () => {
  const floats = Float32Array.from({ length: 1_000_000 }, (_, index) => index / 3);
  expect(bitsOf(decodeFloats(encodeFloats(floats.subarray(5, 8))))).toEqual(bitsOf(floats.slice(5, 8)));
  const back = decodeFloats(encodeFloats(floats));
  expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(floats.buffer))).toBe(0);
});

test.each(['A', 'AAA', 'AA*=', 'A===', 'AAéA', '=AAA'])('"%s" is refused', (text) => {
  expect(() => decodeBytes(text)).toThrow(RangeError);
});

test('bytes that are no float32 array are refused', () => {
  expect(() => decodeFloats('Zm8=')).toThrow(RangeError);
});

test('float64 arrays come back bit for bit, also from the middle of a buffer', () => {
  const values = Float64Array.from([9, Number.NaN, Infinity, -Infinity, -0, 5e-324, 0.1 + 0.2, 1_790_000_000_123]);
  const part = values.subarray(1);
  const text = encodeDoubles(part);
  expect(text).toBe(Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('base64'));
  expect(Buffer.from(decodeDoubles(text).buffer)).toEqual(Buffer.from(values.slice(1).buffer));
  expect(() => decodeDoubles('AAAA')).toThrow(RangeError);
});
