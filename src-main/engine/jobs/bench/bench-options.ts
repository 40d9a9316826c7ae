import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { STORED_DTYPES } from '../../runtime/stored/stored-dtype.ts';

const count = z.int().positive();

/** The shape of the work; names follow the flags of the PyTorch baseline. */
export const benchOptionsSchema = z
  .strictObject({
    hidden: count.default(128),
    layers: count.default(6),
    heads: count.default(4),
    vocab: count.default(4096),
    /** The network: GPT-NeoX as in the PyTorch baseline, or Llama as in its form with adapters. */
    family: z.enum(['gpt_neox', 'llama']).default('gpt_neox'),
    /** Heads of keys and values; as many as heads if absent. */
    kvHeads: count.optional(),
    /** Width of the blocks' inner layer; four times `hidden` if absent. */
    intermediate: count.optional(),
    /** Whether the output matrix is the embedding. */
    tied: z.boolean().default(false),
    /** Rank of LoRA adapters for policy, critic, and reward model on one frozen base; absent: all weights are trained. */
    lora: count.optional(),
    /** Storage type of that base. */
    baseDtype: z.enum(STORED_DTYPES).default('float32'),
    /** Responses per iteration. */
    rollouts: count.default(64),
    /** Responses scored at once; the PyTorch baseline also generates this many per call. */
    chunk: count.default(16),
    /** Responses per update. */
    batch: count.default(8),
    /** Tokens per prompt, and per response. */
    prompt: count.default(64),
    response: count.default(32),
    /** Responses per forward and backward pass; the whole update if absent. */
    microBatch: count.optional(),
    /** Passes over the rollout. */
    epochs: count.default(2),
    /** Measured iterations, after one that is not measured. */
    iterations: count.default(3),
    /** Recomputes the layers in the update's backward pass. */
    recompute: z.boolean().default(false),
    seed: z.int().nonnegative().default(0),
    /** Storage type of the reference and the reward model, as in `engine.frozen_dtype`. */
    frozenDtype: z.enum(STORED_DTYPES).default('float32'),
    /** Data type of matrix products, as in `engine.compute_dtype`; the process reads it from its environment. */
    computeDtype: z.enum(['float32', 'bfloat16']).default('float32'),
    /** Folder of the PyTorch baseline's `--dump`: compare with it and measure nothing. */
    check: z.string().min(1).optional(),
    /** Requested mode of the engine process; the process reads it from its environment. */
    mode: z.enum(['eager', 'compiled']).optional(),
    device: z.string().optional(),
    threads: count.optional(),
  })
  .refine((shape) => shape.hidden % shape.heads === 0, 'hidden must be divisible by heads')
  .refine((shape) => shape.heads % (shape.kvHeads ?? shape.heads) === 0, 'heads must be divisible by kvHeads')
  .refine((shape) => shape.rollouts % shape.chunk === 0, 'rollouts must be divisible by chunk')
  .refine((shape) => shape.batch % (shape.microBatch ?? 1) === 0, 'batch must be divisible by microBatch')
  .refine((shape) => shape.rollouts % shape.batch === 0, 'rollouts must be divisible by batch');
export type BenchOptions = z.infer<typeof benchOptionsSchema>;

/** Throws `bench_options_bad` with all errors. */
export function parseBenchOptions(options: unknown): BenchOptions {
  const parsed = benchOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new KeelError({
    code: 'bench_options_bad',
    why: 'The benchmark options are not valid.',
    fix: 'See `keel bench --help`.',
    faults: parsed.error.issues.map((issue) => ({ where: issue.path.join('.') || 'options', why: issue.message })),
  });
}
