import { badGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';

/**
 * What rounding lost of norms that a file stores plus 1: float32 values of all of them in the order of the file, as
 * base64. llama.cpp ignores it; with it, the norms are those that were written, bit for bit.
 */
export const REMAINDERS = 'keel.norm_remainders';

/** The entry for remainders of all norms; null if rounding lost nothing. */
export function remaindersText(parts: readonly Float32Array[]): string | null {
  if (parts.every((part) => part.every((value) => Object.is(value, 0)))) return null;
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))).toString(
    'base64',
  );
}

/** The remainders of the file's norms by name; empty if the file has none. @param norms names and lengths. */
export function remaindersOf(
  facts: GgufFacts,
  norms: readonly (readonly [name: string, length: number])[],
): ReadonlyMap<string, Float32Array> {
  const text = facts.text(REMAINDERS);
  if (text === null) return new Map();
  const bytes = Buffer.from(text, 'base64');
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  const total = norms.reduce((sum, [, length]) => sum + length, 0);
  if (bytes.length !== 4 * total) throw badGguf(facts.file.path, `${REMAINDERS} does not fit its norms.`);
  let begin = 0;
  return new Map(
    norms.map(([name, length]) => {
      begin += length;
      return [name, values.subarray(begin - length, begin)];
    }),
  );
}
