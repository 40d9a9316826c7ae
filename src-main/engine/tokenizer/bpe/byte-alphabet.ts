const PRINTABLE_RANGES = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
] as const;

/** GPT-2's printable character for each of the 256 bytes, by byte value. */
export const BYTE_TO_CHAR: readonly string[] = makeByteToChar();

/** The reverse of {@link BYTE_TO_CHAR}. */
export const CHAR_TO_BYTE: ReadonlyMap<string, number> = new Map(BYTE_TO_CHAR.map((char, byte) => [char, byte]));

function makeByteToChar(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = PRINTABLE_RANGES.some(([low, high]) => byte >= low && byte <= high);
    return String.fromCharCode(printable ? byte : next++);
  });
}

/** The printable form of UTF-8 bytes: " a" becomes "Ġa". */
export function toByteAlphabet(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += BYTE_TO_CHAR[byte];
  return text;
}
