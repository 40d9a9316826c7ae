import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';

const count = z.int().nonnegative();
const side = z.object({ path: z.string(), family: z.string(), parameters: count, dtypes: z.array(z.string()) });

/** The part of a layer that a tensor belongs to; `output` is an output matrix or the head of a reward model or critic. */
export const TENSOR_KINDS = ['embedding', 'attention', 'mlp', 'norm', 'output', 'other'] as const;
export type TensorKind = (typeof TENSOR_KINDS)[number];

const difference = {
  /** Number of the layer, counted from 0; null outside the layers. */
  layer: count.nullable(),
  kind: z.enum(TENSOR_KINDS),
  /** Norm of the difference divided by the norm of A's values. */
  relative: anyNumberSchema,
  max_abs: anyNumberSchema,
};

export const tensorDifferenceSchema = z.object({ name: z.string(), shape: z.array(count), ...difference });
export type TensorDifference = z.infer<typeof tensorDifferenceSchema>;

/** All tensors of one kind in one layer. */
export const groupDifferenceSchema = z.object({ tensors: count, differing: count, ...difference });
export type GroupDifference = z.infer<typeof groupDifferenceSchema>;

/** The result of `models.diff`. */
export const modelDifferenceSchema = z.object({
  a: side,
  b: side,
  /** True if every tensor is equal bit for bit, and so are config, tokenizer, and chat template. */
  equal: z.boolean(),
  /** Fields of config.json that differ; a side that lacks the field has none. */
  config: z.array(z.object({ field: z.string(), a: z.unknown(), b: z.unknown() })),
  only_in_a: z.array(z.string()),
  only_in_b: z.array(z.string()),
  /** Tensors that cannot be compared. */
  shapes: z.array(z.object({ name: z.string(), a: z.array(count), b: z.array(count) })),
  tensors: z.array(tensorDifferenceSchema),
  groups: z.array(groupDifferenceSchema),
  tokenizer: z.union([
    z.object({
      equal: z.boolean(),
      /** Number of ids that stand for another token, or for one only on one side. */
      other_tokens: count,
      /** Texts of a fixed set that get other ids. */
      other_texts: z.array(z.string()),
      stop_tokens_equal: z.boolean(),
      chat_template: z.enum(['equal', 'differs', 'none', 'only_in_a', 'only_in_b']),
    }),
    /** Why one of the tokenizers cannot be used. */
    z.object({ error: z.string() }),
  ]),
});
export type ModelDifference = z.infer<typeof modelDifferenceSchema>;
