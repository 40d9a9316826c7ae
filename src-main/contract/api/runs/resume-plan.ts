import { z } from 'zod';

/** What a resume of a run that has ended before its time would do. */
export const resumePlanSchema = z.object({
  /**
   * `checkpoint`: it goes on from one; `start`: there is none, it begins again; `end`: every stage of the pipeline has
   * finished, only its own end is missing.
   */
  from: z.enum(['checkpoint', 'start', 'end']),
  /** Step of the checkpoint; 0 where there is none. */
  step: z.int().nonnegative(),
  /** The stage of a pipeline that it goes on with: its name, its number from 1, and how many there are. */
  stage: z.object({ name: z.string(), number: z.int().positive(), of: z.int().positive() }).nullable(),
});
export type ResumePlan = z.infer<typeof resumePlanSchema>;
