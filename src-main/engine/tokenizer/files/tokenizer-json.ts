/** The parts of a `tokenizer.json` that Keel reads itself; everything else stays `unknown`. */
export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
}

export interface StepJson {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ModelJson {
  readonly type?: string;
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges?: readonly (string | readonly string[])[];
  readonly unk_token?: string | null;
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
  readonly fuse_unk?: boolean;
  readonly [field: string]: unknown;
}

export interface TokenizerJson {
  readonly added_tokens: readonly AddedTokenJson[];
  readonly normalizer: StepJson | null;
  readonly pre_tokenizer: StepJson | null;
  readonly post_processor: StepJson | null;
  readonly decoder: StepJson | null;
  readonly model: ModelJson;
}

/**
 * A step with nested steps (`Sequence`) as a flat list; null is the empty list. A `Sequence` without its list is kept.
 */
export function flattenSteps(step: StepJson | null, nestedField: string): readonly StepJson[] {
  if (step === null) return [];
  const nested = step.type === 'Sequence' ? step[nestedField] : null;
  return Array.isArray(nested) ? nested.flatMap((inner: StepJson) => flattenSteps(inner, nestedField)) : [step];
}

export type ModelType = 'BPE' | 'WordPiece' | 'WordLevel' | 'Unigram';
const MODEL_TYPES: ReadonlySet<unknown> = new Set(['BPE', 'WordPiece', 'WordLevel', 'Unigram']);

/**
 * The type of a model; files from before 2020 do not state it, so it is derived from their fields. Null for an unknown
 * type.
 */
export function modelTypeOf(model: ModelJson): ModelType | null {
  if (model.type !== undefined) return MODEL_TYPES.has(model.type) ? (model.type as ModelType) : null;
  if (Array.isArray(model.vocab)) return 'Unigram';
  if (model.merges === undefined && model.unk_token !== undefined) {
    return model.continuing_subword_prefix === undefined ? 'WordLevel' : 'WordPiece';
  }
  return 'BPE';
}

/** Whether a token is searched for in normalized text, as non-special tokens are. */
export function isNormalized(token: AddedTokenJson): boolean {
  return token.normalized ?? !token.special;
}
