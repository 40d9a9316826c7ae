import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { FAMILIES } from '../../model/config/parse-config.ts';

const count = z.int().positive();

/** What `keel model init` takes. Sizes left out follow from the others as the family's published models have them. */
export const initOptionsSchema = z
  .strictObject({
    family: z.enum(FAMILIES).default('gpt_neox'),
    /** Width d of the hidden states. */
    hidden: count.default(128),
    layers: count.default(4),
    heads: count.default(4),
    /** Heads of keys and values; fewer than `heads` in grouped-query attention (llama, mistral, qwen2, qwen3). */
    kv_heads: count.optional(),
    /** Width of the MLP. */
    intermediate: count.optional(),
    /** Longest sequence in tokens. */
    context: count.default(512),
    /** Output head shares the input embedding. */
    tied: z.boolean().optional(),
    /** Tokens of the vocabulary, the 256 bytes and the special tokens included. */
    vocab: count.default(4096),
    /** Dataset that the tokenizer is trained on. */
    corpus: z.string().min(1),
    /** Names of columns in the corpus that are called differently. */
    columns: z.record(z.string(), z.string()).default({}),
    /** ChatML turns and template; by default when the corpus is conversational. */
    chat: z.boolean().optional(),
    seed: z.int().nonnegative().default(0),
    force: z.boolean().default(false),
  })
  .refine((shape) => shape.hidden % shape.heads === 0, { message: 'heads must divide hidden', path: ['heads'] })
  .refine((shape) => shape.heads % (shape.kv_heads ?? shape.heads) === 0, {
    message: 'kv_heads must divide heads',
    path: ['kv_heads'],
  })
  .refine((shape) => shape.kv_heads === undefined || !['gpt2', 'gpt_neox'].includes(shape.family), {
    message: 'this family has no grouped-query attention',
    path: ['kv_heads'],
  })
  .refine((shape) => shape.family === 'gpt2' || (shape.hidden / shape.heads) % 2 === 0, {
    message: 'hidden / heads must be even for rotary positions',
    path: ['heads'],
  });
export type InitOptions = z.infer<typeof initOptionsSchema>;

/** Throws `model_init_options_bad` with every fault. */
export function parseInitOptions(options: unknown): InitOptions {
  const parsed = initOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new KeelError({
    code: 'model_init_options_bad',
    why: 'The options of the new model cannot be used.',
    fix: 'See `keel model init --help`.',
    faults: parsed.error.issues.map((issue) => ({ where: issue.path.join('.') || 'options', why: issue.message })),
  });
}
