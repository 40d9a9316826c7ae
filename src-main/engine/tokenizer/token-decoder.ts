import { CHAR_TO_BYTE } from './byte-alphabet.ts';
import { ownDecodeStep } from './byte-fallback.ts';
import { libraryDecoder } from './foreign-steps.ts';
import { flattenSteps, type TokenizerJson } from './tokenizer-json.ts';

/** Joins vocabulary tokens to text. */
export type JoinTokens = (tokens: readonly string[]) => string;

const encoder = new TextEncoder();

/** Bytes of one token of a byte-level vocabulary; a token with a character outside the alphabet stands for itself. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of token) {
    const byte = CHAR_TO_BYTE.get(char);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function byteLevelJoin(tokens: readonly string[]): string {
  const parts = tokens.map(bytesOfToken);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** The decoder of a tokenizer file as one function. */
export function makeTokenJoiner(json: TokenizerJson): JoinTokens {
  const steps = flattenSteps(json.decoder, 'decoders');
  if (steps.length === 1 && steps[0]?.type === 'ByteLevel') return byteLevelJoin;
  if (json.decoder === null) return (tokens) => tokens.join(' ');
  const own = steps.map(ownDecodeStep);
  if (own.every((step) => step !== null)) {
    return (tokens) => own.reduce<readonly string[]>((pieces, step) => step(pieces), tokens).join('');
  }
  const decode = libraryDecoder(json.decoder);
  return (tokens) => (tokens.length === 0 ? '' : decode([...tokens]));
}
