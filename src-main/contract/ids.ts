import { z } from 'zod';

/** `20261123-131924-apa`: creation time, name, and `-2` and so on if the id is taken. Sorts by age. */
export const runIdSchema = z
  .string()
  .regex(/^\d{8}-\d{6}-[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, 'not a run id, such as 20261123-131924-apa')
  .brand<'RunId'>();
export type RunId = z.infer<typeof runIdSchema>;

/** One counter per run for everything that is reported about it; a page catches up from the last number it saw. */
export const sequenceSchema = z.int().nonnegative();

/** A reference to another run's output: `run:<id>/policy`, `run:<id>/reward_model@best`, `stage:<name>/policy`. */
export const REFERENCE = /^(run|stage):([^/@\s]+)(?:\/([a-z_]+))?(?:@([a-z]+))?$/;
