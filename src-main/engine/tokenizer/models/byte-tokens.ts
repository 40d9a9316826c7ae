/** The token that represents a byte in SentencePiece vocabularies: 227 is `<0xE3>`. */
export function hexOfByte(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
