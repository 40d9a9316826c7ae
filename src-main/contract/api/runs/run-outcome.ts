import { z } from 'zod';

const known = z.number().nullable();

/** What a change says beyond its interval. */
export const directionSchema = z.enum(['up', 'down', 'unclear']);

/** One measure in a list of runs; `direction` is null if its interval is unknown. */
const outcomeFigureSchema = z.object({
  key: z.string(),
  start: known,
  end: known,
  direction: directionSchema.nullable(),
});
export type OutcomeFigure = z.infer<typeof outcomeFigureSchema>;

/** The report of a run in a list: its main result, the judge, and the distance from the start. */
export const runOutcomeSchema = z.object({
  result: outcomeFigureSchema,
  judge: outcomeFigureSchema.nullable(),
  kl: outcomeFigureSchema.nullable(),
  /** Records or prompts behind the result. */
  n: z.int().nonnegative().nullable(),
  isOverOptimized: z.boolean(),
});
export type RunOutcome = z.infer<typeof runOutcomeSchema>;
