import { flattenSteps, type TokenizerJson } from '../files/tokenizer-json.ts';
import { byteLevelJoin, DECODERS } from './decode-steps.ts';
import { makeSteps } from './made-step.ts';

/** Joins vocabulary tokens into text. */
export type JoinTokens = (tokens: readonly string[]) => string;

/** The decoder of a tokenizer file as one function. */
export function makeTokenJoiner(json: TokenizerJson): JoinTokens {
  if (json.decoder === null) return (tokens) => tokens.join(' ');
  const steps = flattenSteps(json.decoder, 'decoders');
  if (steps.length === 1 && steps[0]?.type === 'ByteLevel') return byteLevelJoin;
  const functions = makeSteps(steps, DECODERS);
  return (tokens) => functions.reduce<readonly string[]>((pieces, step) => step(pieces), tokens).join('');
}
