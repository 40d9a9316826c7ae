import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';

const count = z.int().positive();

/** The shape of the work, by the flags of the yardstick. */
export const benchOptionsSchema = z
  .strictObject({
    hidden: count.default(128),
    layers: count.default(6),
    heads: count.default(4),
    vocab: count.default(4096),
    /** Responses of one iteration. */
    rollouts: count.default(64),
    /** Responses scored at once; the yardstick also generates so many in a call. */
    chunk: count.default(16),
    /** Responses of one update. */
    batch: count.default(8),
    /** Tokens of a prompt, and of a response. */
    prompt: count.default(64),
    response: count.default(32),
    /** Passes over the rollout. */
    epochs: count.default(2),
    /** Measured iterations, after one that is not counted. */
    iterations: count.default(3),
    /** Computes the layers a second time in the update's backward pass. */
    recompute: z.boolean().default(false),
    seed: z.int().nonnegative().default(0),
    /** How reference and reward model are kept, as `engine.frozen_dtype`. */
    frozenDtype: z.enum(['float32', 'float16']).default('float32'),
    /** How products are computed, as `engine.compute_dtype`; the process reads it from its environment. */
    computeDtype: z.enum(['float32', 'bfloat16']).default('float32'),
    /** Folder of the yardstick's `--dump`: compare with it, measure nothing. */
    check: z.string().min(1).optional(),
    /** How the engine process was asked to run; the process reads it from its environment. */
    mode: z.enum(['eager', 'compiled']).optional(),
    device: z.string().optional(),
    threads: count.optional(),
  })
  .refine((shape) => shape.hidden % shape.heads === 0, 'heads must divide hidden')
  .refine((shape) => shape.rollouts % shape.chunk === 0, 'chunk must divide rollouts')
  .refine((shape) => shape.rollouts % shape.batch === 0, 'batch must divide rollouts');
export type BenchOptions = z.infer<typeof benchOptionsSchema>;

/** Throws `bench_options_bad` with every fault. */
export function parseBenchOptions(options: unknown): BenchOptions {
  const parsed = benchOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new KeelError({
    code: 'bench_options_bad',
    why: 'The options of the benchmark cannot be used.',
    fix: 'See `keel bench --help`.',
    faults: parsed.error.issues.map((issue) => ({ where: issue.path.join('.') || 'options', why: issue.message })),
  });
}
