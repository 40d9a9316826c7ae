import type { StepJson } from './tokenizer-json.ts';

/** One step of a decoder: a list of pieces to another. */
export type DecodeStep = (pieces: readonly string[]) => readonly string[];

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

function byteOf(piece: string): number | null {
  const digits = BYTE_TOKEN.exec(piece)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** Bytes as text; when they are no UTF-8, one U+FFFD for each byte, as the Rust library does. */
function textOfBytes(bytes: readonly number[]): string[] {
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\ufffd');
  }
}

/** Joins runs of byte tokens (`<0xE3>`) to characters. */
export function joinByteTokens(pieces: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let bytes: number[] = [];
  for (const piece of pieces) {
    const byte = byteOf(piece);
    if (byte !== null) bytes.push(byte);
    else {
      if (bytes.length > 0) joined.push(...textOfBytes(bytes));
      bytes = [];
      joined.push(piece);
    }
  }
  return bytes.length > 0 ? [...joined, ...textOfBytes(bytes)] : joined;
}

function strip(piece: string, content: string, start: number, stop: number): string {
  let from = 0;
  while (from < start && piece.startsWith(content, from * content.length)) from++;
  let end = 0;
  const rest = piece.slice(from * content.length);
  while (end < stop && rest.slice(0, rest.length - end * content.length).endsWith(content)) end++;
  return rest.slice(0, rest.length - end * content.length);
}

/** A decoder step of SentencePiece exports, null for any other kind. */
export function ownDecodeStep(step: StepJson): DecodeStep | null {
  switch (step.type) {
    case 'ByteFallback':
      return joinByteTokens;
    case 'Fuse':
      return (pieces) => [pieces.join('')];
    case 'Replace': {
      const pattern = (step.pattern as { readonly String?: string }).String;
      return pattern === undefined
        ? null
        : (pieces) => pieces.map((piece) => piece.replaceAll(pattern, String(step.content)));
    }
    case 'Strip':
      return (pieces) =>
        pieces.map((piece) => strip(piece, String(step.content), Number(step.start), Number(step.stop)));
    default:
      return null;
  }
}
