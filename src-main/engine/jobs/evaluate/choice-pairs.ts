import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { TaskDoc } from './task-docs.ts';

/** Ids of a question with one of its answers; the answer's are the last ones. */
export interface ChoicePair {
  readonly ids: readonly number[];
  /** Number of ids of the answer. */
  readonly answer: number;
}

/**
 * Ids of a context with a continuation as lm-evaluation-harness splits them: spaces at the end of the context go with the
 * continuation, and the context's ids are as many as it has alone. Nothing follows the continuation.
 */
export function encodePair(tokenizer: Tokenizer, context: string, continuation: string): ChoicePair {
  if (context === '') {
    const ids = tokenizer.encode(continuation, { addSpecialTokens: false });
    const prefix = tokenizer.bosTokenId ?? tokenizer.eosTokenId;
    return prefix === ids[0] ? { ids, answer: ids.length - 1 } : { ids: [prefix, ...ids], answer: ids.length };
  }
  const bare = context.trimEnd();
  const whole = tokenizer.encode(context + continuation);
  const before = tokenizer.encode(bare).length;
  return { ids: whole, answer: whole.length - before };
}

/** A question with each of its answers. */
export function pairsOf(tokenizer: Tokenizer, { context, choices }: TaskDoc, delimiter: string): readonly ChoicePair[] {
  return choices.map((choice) => encodePair(tokenizer, context, delimiter + choice));
}
