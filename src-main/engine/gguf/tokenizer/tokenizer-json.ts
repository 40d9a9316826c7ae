import { badGguf, unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import { pieceParts } from './pieces-json.ts';
import { FORMER, PRE_TOKENIZERS, type PreTokenizer } from './pre-tokenizers.ts';
import { addedTokens, type ListedToken, tokensOf } from './token-list.ts';

function preTokenizerOf(facts: GgufFacts): PreTokenizer {
  const name = facts.text('tokenizer.ggml.pre');
  const found =
    name === null ? FORMER[facts.architecture] : Object.hasOwn(PRE_TOKENIZERS, name) && PRE_TOKENIZERS[name];
  if (found) return found;
  const known = Object.keys(PRE_TOKENIZERS).join(', ');
  throw unsupportedGguf(
    facts.file.path,
    name === null
      ? 'tokenizer.ggml.pre is missing, so how the tokenizer splits text is unknown.'
      : `Keel does not know the pre-tokenizer ${JSON.stringify(name)} (tokenizer.ggml.pre); it knows ${known}.`,
    'Use the Hugging Face folder of the model, which contains its tokenizer.json.',
  );
}

function mergesOf(facts: GgufFacts): [string, string][] {
  const merges = facts.texts('tokenizer.ggml.merges');
  if (!merges) throw badGguf(facts.file.path, 'tokenizer.ggml.merges is missing.');
  return merges.map((merge, index) => {
    // A space at the start belongs to the first token.
    const at = merge.indexOf(' ', 1);
    if (at === -1) throw badGguf(facts.file.path, `tokenizer.ggml.merges[${index}] is not a pair of tokens.`);
    return [merge.slice(0, at), merge.slice(at + 1)];
  });
}

/** A special token by the key of its id, without the prefix `tokenizer.ggml.`; null if the file names none. */
export function specialToken(facts: GgufFacts, tokens: readonly ListedToken[], key: string): ListedToken | null {
  const id = facts.number(`tokenizer.ggml.${key}`, null);
  if (id === null) return null;
  const found = tokens.find((token) => token.id === id);
  if (!found) throw badGguf(facts.file.path, `tokenizer.ggml.${key} is ${id}, which is no token.`);
  return found;
}

const piece = (token: ListedToken) => ({ SpecialToken: { id: token.text, type_id: 0 } });

/** Adds BOS before and EOS after a text, as the file says. */
function surroundings(before: ListedToken | null, after: ListedToken | null): object[] {
  const added = [before, after].filter((token) => token !== null);
  if (added.length === 0) return [];
  const single = [
    ...(before ? [piece(before)] : []),
    { Sequence: { id: 'A', type_id: 0 } },
    ...(after ? [piece(after)] : []),
  ];
  const pair = [...single, { Sequence: { id: 'B', type_id: 1 } }, ...(after ? [piece(after)] : [])];
  const special = added.map(({ id, text }) => [text, { id: text, ids: [id], tokens: [text] }]);
  return [{ type: 'TemplateProcessing', single, pair, special_tokens: Object.fromEntries(special) }];
}

/** Steps and model of a tokenizer of the kind `gpt2`: byte-level BPE. */
function byteLevelParts(facts: GgufFacts, pre: PreTokenizer): Record<string, unknown> {
  const tokens = tokensOf(facts);
  return {
    added_tokens: addedTokens(tokens),
    normalizer: pre.normalizer,
    pre_tokenizer: pre.steps,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoresMerges ?? false,
      vocab: Object.fromEntries(tokens.map(({ text, id }) => [text, id])),
      merges: mergesOf(facts),
    },
  };
}

const BYTES = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true };

/** The steps after the model. @param addsBos whether a text starts with BOS if the file does not say so. */
function processorOf(facts: GgufFacts, first: readonly object[], addsBos: boolean): object | null {
  const tokens = tokensOf(facts);
  const bos = facts.flag('tokenizer.ggml.add_bos_token', addsBos);
  const eos = facts.flag('tokenizer.ggml.add_eos_token', false);
  const processors = [
    ...first,
    ...surroundings(
      bos ? specialToken(facts, tokens, 'bos_token_id') : null,
      eos ? specialToken(facts, tokens, 'eos_token_id') : null,
    ),
  ];
  return processors.length < 2 ? (processors[0] ?? null) : { type: 'Sequence', processors };
}

/** The tokenizer of a file as the content of a tokenizer.json. @throws KeelError `gguf_invalid`, `gguf_unsupported`. */
export function tokenizerJsonOf(facts: GgufFacts): Record<string, unknown> {
  const kind = facts.text('tokenizer.ggml.model');
  const start = { version: '1.0', truncation: null, padding: null };
  if (kind === 'llama') return { ...start, ...pieceParts(facts), post_processor: processorOf(facts, [], true) };
  if (kind === 'gpt2') {
    const pre = preTokenizerOf(facts);
    const processor = processorOf(facts, [BYTES], pre.addsBos ?? false);
    return { ...start, ...byteLevelParts(facts, pre), post_processor: processor };
  }
  throw unsupportedGguf(
    facts.file.path,
    `its tokenizer is of the kind ${JSON.stringify(kind)} (tokenizer.ggml.model); Keel reads "gpt2", byte-level BPE, and "llama", SentencePiece's BPE.`,
    'Use the Hugging Face folder of the model, which contains its tokenizer.json.',
  );
}
