import { KeelError } from '#contract/errors.ts';
import type { Normalize } from '../steps/normalize-steps.ts';
import { isNormalized, type TokenizerJson } from './tokenizer-json.ts';

function modelEntries(json: TokenizerJson): (readonly [string, number])[] {
  const { vocab } = json.model as { readonly vocab: unknown };
  // Unigram models list [token, score] pairs; the position in the list is the id.
  if (Array.isArray(vocab)) return vocab.map((entry: readonly [string, number], id) => [entry[0], id] as const);
  return Object.entries(vocab as Record<string, number>);
}

/** Maps tokens to ids and ids to tokens, added tokens included. */
export class Vocabulary {
  readonly size: number;
  readonly specialTokens: readonly string[];
  private readonly tokens: (string | undefined)[] = [];
  /** Tokens as a decoder reads them: a normalized added token in its normalized form, as in the Rust library. */
  private readonly decoded: (string | undefined)[];
  private readonly ids = new Map<string, number>();
  private readonly specialIds: ReadonlySet<number>;

  constructor(json: TokenizerJson, normalize: Normalize) {
    const added = json.added_tokens.map((token) => [token.content, token.id] as const);
    for (const [token, id] of [...modelEntries(json), ...added]) {
      this.tokens[id] = token;
      this.ids.set(token, id);
    }
    this.size = this.tokens.length;
    this.decoded = [...this.tokens];
    for (const { id, content } of json.added_tokens.filter(isNormalized)) this.decoded[id] = normalize(content);
    const special = json.added_tokens.filter((token) => token.special);
    this.specialTokens = special.map((token) => token.content);
    this.specialIds = new Set(special.map((token) => token.id));
  }

  idOf(token: string): number | null {
    return this.ids.get(token) ?? null;
  }

  tokenOf(id: number): string | null {
    return this.tokens[id] ?? null;
  }

  isSpecial(id: number): boolean {
    return this.specialIds.has(id);
  }

  /** Tokens of ids as a decoder reads them. Throws `tokenizer.bad_id` for an id without a token. */
  tokensOf(ids: ArrayLike<number>, skipSpecialTokens: boolean): string[] {
    const tokens: string[] = [];
    for (let index = 0; index < ids.length; index++) {
      const id = ids[index] as number;
      const token = this.decoded[id];
      if (token === undefined) throw badId(id, index, this.size);
      if (!(skipSpecialTokens && this.specialIds.has(id))) tokens.push(token);
    }
    return tokens;
  }
}

function badId(id: number, index: number, size: number): KeelError {
  return new KeelError({
    code: 'tokenizer.bad_id',
    why: `The id ${id} at position ${index} has no token; the tokenizer's ids range from 0 to ${size - 1}.`,
    fix: 'Check that the model and the tokenizer belong together.',
  });
}
