import { badGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import { mergesOfScores } from './piece-merges.ts';
import { addedTokens, type ListedToken, TOKEN_KINDS, tokensOf } from './token-list.ts';

/** SentencePiece writes a space as this character. */
export const BAR = '\u2581';

const SPACES_TO_BARS = { type: 'Replace', pattern: { String: ' ' }, content: BAR };

/** The step before the model, which a file has or not: a space before the text. */
export function pieceNormalizer(addsSpace: boolean): object {
  return addsSpace
    ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: BAR }, SPACES_TO_BARS] }
    : SPACES_TO_BARS;
}

function decoder(addsSpace: boolean): object {
  const steps = [
    { type: 'Replace', pattern: { String: BAR }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ];
  return {
    type: 'Sequence',
    decoders: addsSpace ? [...steps, { type: 'Strip', content: ' ', start: 1, stop: 0 }] : steps,
  };
}

function requireBytes(tokens: readonly ListedToken[], path: string): void {
  const bytes = new Set(tokens.filter(({ kind }) => kind === TOKEN_KINDS.byte).map(({ text }) => text));
  const missing = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const first = missing.find((text) => !bytes.has(text));
  if (first !== undefined) throw badGguf(path, `its tokenizer has no token ${first} for a byte.`);
}

/** Steps and model of a tokenizer of the kind `llama`: SentencePiece's BPE. @throws KeelError `gguf_invalid`. */
export function pieceParts(facts: GgufFacts): Record<string, unknown> {
  const { path } = facts.file;
  const tokens = tokensOf(facts);
  const scores = facts.numbers('tokenizer.ggml.scores');
  const count = facts.texts('tokenizer.ggml.tokens')?.length;
  if (scores?.length !== count) throw badGguf(path, `${count} tokens have ${scores?.length ?? 'no'} scores.`);
  requireBytes(tokens, path);
  const addsSpace = facts.flag('tokenizer.ggml.add_space_prefix', true);
  const unknown = tokens.find(({ kind }) => kind === TOKEN_KINDS.unknown)?.text ?? null;
  return {
    added_tokens: addedTokens(tokens),
    normalizer: pieceNormalizer(addsSpace),
    pre_tokenizer: null,
    decoder: decoder(addsSpace),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map(({ text, id }) => [text, id])),
      merges: mergesOfScores(tokens, scores as readonly number[]),
    },
  };
}
