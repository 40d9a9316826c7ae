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

/** A step with nested steps (`Sequence`) as a flat list; null is the empty list. */
export function flattenSteps(step: StepJson | null, nestedField: string): readonly StepJson[] {
  if (step === null) return [];
  if (step.type !== 'Sequence') return [step];
  const nested = step[nestedField];
  if (!Array.isArray(nested)) return [];
  return nested.flatMap((inner: StepJson) => flattenSteps(inner, nestedField));
}
