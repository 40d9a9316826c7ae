import { z } from 'zod';
import type { Activation, ModelConfig } from './model-config.ts';

/** A dimension; the caps keep an incorrect config from being trusted before its weights are read. */
export const dimension = (max: number) => z.number().int().min(1).max(max);
export const width = dimension(1 << 18);
export const layerCount = dimension(2000);
export const headCount = dimension(4096);
export const vocabulary = dimension(1 << 24);
export const context = dimension(1 << 28);
export const epsilon = z.number().positive().max(1);
export const range = z.number().positive().max(10);

/** Factors that most families lack. */
export const UNSCALED = { queryScaling: null, embeddingScale: 1, residualScale: 1, logitDivisor: 1 } as const;

const tokenId = z.number().int().min(0);

/** Fields with the same name in every family's config.json. */
export const commonFields = {
  vocab_size: vocabulary,
  initializer_range: range.default(0.02),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: z.number().int().nullish(),
  /** Written by Keel to reward models: how the responses ended that they were trained on. */
  keel_response_ends: z.object({ append: tokenId, ids: z.array(tokenId) }).nullish(),
};

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
};

/** Activation by its Hugging Face name. */
export const activation = z.string().transform((name, context): Activation => {
  const known = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (known) return known;
  context.addIssue(`activation ${JSON.stringify(name)} is not one of ${Object.keys(ACTIVATIONS).join(', ')}`);
  return z.NEVER;
});

/** The token ids of {@link commonFields} in one form. */
export function tokenIds(parsed: {
  readonly bos_token_id?: number | null | undefined;
  readonly eos_token_id?: number | number[] | null | undefined;
  readonly pad_token_id?: number | null | undefined;
  readonly keel_response_ends?: ModelConfig['responseEnds'] | undefined;
}): Pick<ModelConfig, 'bosTokenId' | 'eosTokenIds' | 'padTokenId' | 'responseEnds'> {
  const { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad, keel_response_ends: ends } = parsed;
  return {
    bosTokenId: bos ?? null,
    eosTokenIds: [eos ?? []].flat(),
    padTokenId: pad ?? null,
    responseEnds: ends ?? null,
  };
}
