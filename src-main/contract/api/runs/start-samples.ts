import { z } from 'zod';

/** Several responses of a starting policy to the same prompts, scored: what "best of n" chooses from. */
export const startSamplesSchema = z.object({
  /** Responses per prompt. */
  samples: z.int().nonnegative(),
  /** Share of responses that differ from the others to their prompt; below 1, the bound of the KL is loose. */
  distinct: z.number(),
  /** By prompt and sample. */
  rewards: z.array(z.array(z.number())),
  judges: z.array(z.array(z.number())).nullable(),
});
export type StartSamples = z.infer<typeof startSamplesSchema>;

/** Choosing the best of n responses of the starting policy, with the most that its KL can be. */
export const bestOfSchema = z.object({
  samples: z.int().positive(),
  prompts: z.int().nonnegative(),
  distinct: z.number(),
  /** The gain in the measure over one response, with its interval over prompts; n from 1. */
  points: z.array(
    z.object({ n: z.int().positive(), kl: z.number(), mean: z.number(), low: z.number(), high: z.number() }),
  ),
});
export type BestOf = z.infer<typeof bestOfSchema>;
