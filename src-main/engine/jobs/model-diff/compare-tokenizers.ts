import type { ModelDifference } from '#contract/api/library/model-difference.ts';
import { KeelError } from '#contract/errors.ts';
import { loadTokenizer } from '../../tokenizer/files/load-tokenizer.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { REPLAY_PROMPTS } from '../export/replay-export.ts';

const TEXTS = [...REPLAY_PROMPTS, 'In 1984, 365 days: 3.14 and ½', "I'll say it's\n\n  indented\ttext é 日本 👍"];

function templates(a: Tokenizer, b: Tokenizer) {
  if (a.chatTemplate === b.chatTemplate) return a.chatTemplate === null ? 'none' : 'equal';
  if (b.chatTemplate === null) return 'only_in_a';
  return a.chatTemplate === null ? 'only_in_b' : 'differs';
}

const sorted = (ids: readonly number[]) => ids.toSorted((one, other) => one - other).join();

/** Whether two tokenizers give the same ids: every token by its id, and a fixed set of texts. */
export function compareTokenizers(a: string, b: string): ModelDifference['tokenizer'] {
  let pair: readonly [Tokenizer, Tokenizer];
  try {
    pair = [loadTokenizer(a), loadTokenizer(b)];
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    return { error: error.why };
  }
  const [one, other] = pair;
  const ids = Array.from({ length: Math.max(one.vocabSize, other.vocabSize) }, (_, id) => id);
  const otherTokens = ids.filter((id) => one.tokenOfId(id) !== other.tokenOfId(id)).length;
  const texts = TEXTS.filter((text) => one.encode(text).join() !== other.encode(text).join());
  const areStopsEqual =
    one.eosTokenId === other.eosTokenId && sorted(one.stopTokens.ids) === sorted(other.stopTokens.ids);
  const template = templates(one, other);
  const isSameTemplate = template === 'equal' || template === 'none';
  return {
    equal: otherTokens === 0 && texts.length === 0 && areStopsEqual && isSameTemplate,
    other_tokens: otherTokens,
    other_texts: texts,
    stop_tokens_equal: areStopsEqual,
    chat_template: template,
  };
}
