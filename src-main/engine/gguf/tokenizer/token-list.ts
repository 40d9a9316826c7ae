import { badGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';

/** `tokenizer.ggml.token_type`. */
export const TOKEN_KINDS = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface ListedToken {
  readonly id: number;
  readonly text: string;
  readonly kind: number;
}

/**
 * The tokens of a file by id. Unused ones, with which converters fill up the rows of the embedding, are left out.
 * @throws KeelError `gguf_invalid` for a token that occurs twice.
 */
export function tokensOf(facts: GgufFacts): ListedToken[] {
  const texts = facts.texts('tokenizer.ggml.tokens');
  const { path } = facts.file;
  if (!texts || texts.length === 0) throw badGguf(path, 'tokenizer.ggml.tokens is missing.');
  const kinds = facts.numbers('tokenizer.ggml.token_type');
  if (kinds && kinds.length !== texts.length) {
    throw badGguf(path, `${texts.length} tokens have ${kinds.length} token types.`);
  }
  const all = texts.map((text, id) => ({ id, text, kind: kinds?.[id] ?? TOKEN_KINDS.normal }));
  const used = all.filter(({ kind }) => kind !== TOKEN_KINDS.unused);
  const ids = new Map<string, number>();
  for (const { id, text } of used) {
    const other = ids.get(text);
    if (other !== undefined) throw badGguf(path, `the token ${JSON.stringify(text)} has the ids ${other} and ${id}.`);
    ids.set(text, id);
  }
  return used;
}

/** The added tokens of tokenizer.json: control tokens are special, user-defined ones are not. */
export function addedTokens(tokens: readonly ListedToken[]) {
  const { unknown, control, userDefined } = TOKEN_KINDS;
  const added = tokens.filter(({ kind }) => kind === unknown || kind === control || kind === userDefined);
  return added.map(({ id, text, kind }) => ({
    id,
    content: text,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: kind !== userDefined,
  }));
}
