import { z } from 'zod';

/** What resuming a run that ended early would do. */
export const resumePlanSchema = z.object({
  /**
   * `checkpoint`: it continues from a checkpoint; `start`: there is none, so it starts again; `end`: every stage of the
   * pipeline has finished, and only the pipeline's own end is missing.
   */
  from: z.enum(['checkpoint', 'start', 'end']),
  /** Step of the checkpoint; 0 if there is none. */
  step: z.int().nonnegative(),
  /** The pipeline stage that it continues with: its name, its number from 1, and the number of stages. */
  stage: z.object({ name: z.string(), number: z.int().positive(), of: z.int().positive() }).nullable(),
});
export type ResumePlan = z.infer<typeof resumePlanSchema>;
