import type { Tokenizer } from './tokenizer.ts';

/** The ids that a saved model needs in its configs. */
export function savedTokens({ padTokenId, padSource, eosTokenId, stopTokens }: Tokenizer) {
  return {
    padTokenId,
    stopTokenIds: stopTokens.ids,
    // transformers pads rows that have ended; decoded, a borrowed padding id would be text.
    generationPadId: padSource === 'borrowed' ? eosTokenId : padTokenId,
  };
}
