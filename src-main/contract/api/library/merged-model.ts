import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { EXPORT_DTYPES } from '../../export-dtypes.ts';

const count = z.int().nonnegative();

/** The result of `models.merge`: how the merged model was compared, and what rounding has changed. */
export const mergeResultSchema = z.object({
  /** Folders of the merged model and of the adapter's base. */
  folder: z.string(),
  base: z.string(),
  what: z.enum(['policy', 'critic', 'reward_model']),
  dtype: z.enum(EXPORT_DTYPES),
  /** The merged float32 weights against the base with the adapter, on fixed prompts. */
  merge: z.object({
    prompts: count,
    max_abs_difference: anyNumberSchema,
    largest_output: anyNumberSchema,
    bound: anyNumberSchema,
  }),
  rounding: z.object({ values: count, changed: count, to_zero: count }),
  /** The stored weights against the merged float32 weights. */
  replay: z.object({ max_abs_difference: anyNumberSchema }),
});
