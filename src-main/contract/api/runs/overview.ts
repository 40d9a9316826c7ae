import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { runLabelsSchema } from './run-labels.ts';
import { progressSchema } from './run-records.ts';
import { listedRunSchema } from './run-state.ts';

/** One line of the run list, with the most important facts. */
export const runLineSchema = listedRunSchema
  .pick({
    id: true,
    number: true,
    name: true,
    recipe: true,
    state: true,
    parent: true,
    stage: true,
    createdAt: true,
    startedAt: true,
    finishedAt: true,
    lastStep: true,
    pausedBecause: true,
    resumesAt: true,
  })
  .extend({
    /** As named in the config; null for a pipeline. */
    model: z.string().nullable(),
    dataset: z.string().nullable(),
    /** The method's main coefficient, such as `method.apa_lambda`, with the value in effect. */
    coefficient: z.object({ path: z.string(), value: z.number() }).nullable(),
    /** Why it ended early or is waiting, in one sentence. */
    problem: z.string().nullable(),
    /** For a pipeline, that of its current stage. */
    progress: progressSchema.nullable(),
    /** The newest values of its recipe's main metrics. */
    figures: z.record(z.string(), anyNumberSchema),
    labels: runLabelsSchema,
    /** One of them over all steps, as a few dozen means encoded by `encodeFloats`. */
    spark: z.object({ key: z.string(), values: z.string() }).nullable(),
  });
export type RunLine = z.infer<typeof runLineSchema>;

/** Lines that are new or changed since the last batch. */
export const overviewBatchSchema = z.object({
  lines: z.array(runLineSchema),
  removed: z.array(z.string()),
  /** False until everything has been read once. */
  isCaughtUp: z.boolean(),
});
export type OverviewBatch = z.infer<typeof overviewBatchSchema>;
