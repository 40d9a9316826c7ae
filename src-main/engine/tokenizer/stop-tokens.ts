import type { StopOrigin } from '#contract/model-files.ts';

export interface StopToken {
  readonly id: number;
  /** Null for an id of the model that the tokenizer has no token for. */
  readonly token: string | null;
  readonly origins: readonly StopOrigin[];
}

/** The tokens that end a response, wherever Keel or transformers generates one. */
export interface StopTokens {
  readonly all: readonly StopToken[];
  /** Ids of `all`, EOS first. */
  readonly ids: readonly number[];
  /** The token that ends the assistant's turn in the chat template; null without a template, or if it writes none. */
  readonly turnEndId: number | null;
  /** Entries of `eos_token_id` that no token of the model can equal, as JSON. They are ignored, as in transformers. */
  readonly ignored: readonly { readonly value: string; readonly origin: StopOrigin }[];
}

export interface StopSources {
  readonly eosTokenId: number;
  /** `eos_token_id` as read: a number, a list, or nothing. */
  readonly config: unknown;
  readonly generationConfig: unknown;
  readonly turnEndId: number | null;
  /** Number of ids that the model can generate. */
  readonly size: number;
  readonly tokenOf: (id: number) => string | null;
}

const listed = (value: unknown): readonly unknown[] => [value ?? []].flat();

/** The union of all sources, each id with its origins. */
export function stopTokensOf({ eosTokenId, turnEndId, size, tokenOf, ...files }: StopSources): StopTokens {
  const named: readonly (readonly [StopOrigin, unknown])[] = [
    ['tokenizer', eosTokenId],
    ...listed(files.config).map((value) => ['config', value] as const),
    ...listed(files.generationConfig).map((value) => ['generation_config', value] as const),
    ...(turnEndId === null ? [] : [['chat_template', turnEndId] as const]),
  ];
  const origins = new Map<number, Set<StopOrigin>>();
  const ignored: StopTokens['ignored'][number][] = [];
  for (const [origin, value] of named) {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < size) {
      origins.set(value, (origins.get(value) ?? new Set()).add(origin));
    } else ignored.push({ value: JSON.stringify(value), origin });
  }
  const all = [...origins].map(([id, from]) => ({ id, token: tokenOf(id), origins: [...from] }));
  return { all, ids: all.map(({ id }) => id), turnEndId, ignored };
}
