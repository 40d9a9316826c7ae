import { CHAR_TO_BYTE } from '../bpe/byte-alphabet.ts';
import type { StepJson } from '../files/tokenizer-json.ts';
import type { Made, StepMakers } from './made-step.ts';
import { patternOf, textField } from './step-pattern.ts';

/** One step of a decoder: converts a list of pieces to another. */
export type DecodeStep = (pieces: readonly string[]) => readonly string[];

const encoder = new TextEncoder();

/** Bytes of one token of a byte-level vocabulary; a token with a character outside the alphabet represents itself. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of token) {
    const byte = CHAR_TO_BYTE.get(char);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Tokens of a byte-level vocabulary as text; invalid UTF-8 bytes become U+FFFD. */
export function byteLevelJoin(tokens: readonly string[]): string {
  const parts = tokens.map(bytesOfToken);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Two positions for a hexadecimal number; Rust's number parser accepts a plus sign in the first. */
const BYTE_TOKEN = /^<0x([0-9A-Fa-f+][0-9A-Fa-f])>$/;

function byteOf(piece: string): number | null {
  const digits = BYTE_TOKEN.exec(piece)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** Bytes as text; if they are not valid UTF-8, one U+FFFD per byte, as in the Rust library. */
function textOfBytes(bytes: readonly number[]): string[] {
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\ufffd');
  }
}

/** Joins runs of byte tokens (`<0xE3>`) into characters. */
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
  const chars = [...piece];
  let from = 0;
  while (from < start && chars[from] === content) from++;
  let end = chars.length;
  while (end > from && chars.length - end < stop && chars[end - 1] === content) end--;
  return chars.slice(from, end).join('');
}

function stripStep(step: StepJson): Made<DecodeStep> {
  const content = textField(step, 'content');
  if ('refused' in content) return content;
  const [start, stop] = [Number(step.start ?? 0), Number(step.stop ?? 0)];
  return { made: (pieces) => pieces.map((piece) => strip(piece, content.made, start, stop)) };
}

function replaceStep(step: StepJson): Made<DecodeStep> {
  const pattern = patternOf(step);
  const content = textField(step, 'content');
  if ('refused' in pattern) return pattern;
  if ('refused' in content) return content;
  return { made: (pieces) => pieces.map((piece) => piece.replaceAll(pattern.made, () => content.made)) };
}

function metaspaceStep(step: StepJson): Made<DecodeStep> {
  const replacement = textField(step, 'replacement');
  if ('refused' in replacement) return replacement;
  const first = step.prepend_scheme === 'never' ? ' ' : '';
  return {
    made: (pieces) => pieces.map((piece, index) => piece.replaceAll(replacement.made, index === 0 ? first : ' ')),
  };
}

/** Strings that BERT's tokenizers put a space before, unlike the original text. */
const CLEANED: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function wordPieceStep(step: StepJson): Made<DecodeStep> {
  const prefix = textField(step, 'prefix');
  if ('refused' in prefix) return prefix;
  const spaced = (piece: string) => (piece.startsWith(prefix.made) ? piece.slice(prefix.made.length) : ` ${piece}`);
  const clean = (piece: string) =>
    step.cleanup === true ? CLEANED.reduce((text, [from, to]) => text.replaceAll(from, to), piece) : piece;
  return { made: (pieces) => pieces.map((piece, index) => clean(index === 0 ? piece : spaced(piece))) };
}

function bpeStep(step: StepJson): Made<DecodeStep> {
  const suffix = textField(step, 'suffix');
  if ('refused' in suffix) return suffix;
  if (suffix.made === '') return { refused: 'its suffix is empty' };
  return {
    made: (pieces) =>
      pieces.map((piece, index) => piece.replaceAll(suffix.made, index === pieces.length - 1 ? '' : ' ')),
  };
}

/** The decoders that match the Rust library, by their type. */
export const DECODERS: StepMakers<DecodeStep> = {
  ByteLevel: () => ({ made: (pieces) => [byteLevelJoin(pieces)] }),
  ByteFallback: () => ({ made: joinByteTokens }),
  Fuse: () => ({ made: (pieces) => [pieces.join('')] }),
  Replace: replaceStep,
  Strip: stripStep,
  Metaspace: metaspaceStep,
  WordPiece: wordPieceStep,
  BPEDecoder: bpeStep,
};
