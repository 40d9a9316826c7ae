import type { GgufFacts } from '../facts.ts';
import { tokensOf } from './token-list.ts';
import { specialToken } from './tokenizer-json.ts';

const NAMED = [
  ['bos_token', 'bos_token_id'],
  ['eos_token', 'eos_token_id'],
  ['pad_token', 'padding_token_id'],
  ['unk_token', 'unknown_token_id'],
] as const;

/** The special tokens and the chat template of a file as the content of a tokenizer_config.json. */
export function tokenizerConfigOf(facts: GgufFacts): Record<string, unknown> {
  const tokens = tokensOf(facts);
  const named = NAMED.flatMap(([name, key]): [string, string][] => {
    const token = specialToken(facts, tokens, key);
    return token ? [[name, token.text]] : [];
  });
  const template = facts.text('tokenizer.chat_template');
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    model_max_length: facts.number('.context_length', 2048),
    ...Object.fromEntries(named),
    ...(template === null ? {} : { chat_template: template }),
  };
}

/** `bos_token_id`, `eos_token_id` (with the end of a turn, if the file names one) and `pad_token_id`. */
export function tokenIdsOf(facts: GgufFacts): Record<string, unknown> {
  const eos = facts.number('tokenizer.ggml.eos_token_id', null);
  const turn = facts.number('tokenizer.ggml.eot_token_id', null);
  const ends = [...new Set([eos, turn].filter((id) => id !== null))];
  const ids = {
    bos_token_id: facts.number('tokenizer.ggml.bos_token_id', null),
    eos_token_id: ends.length > 1 ? ends : (ends[0] ?? null),
    pad_token_id: facts.number('tokenizer.ggml.padding_token_id', null),
  };
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== null));
}
