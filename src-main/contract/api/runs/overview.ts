import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { progressSchema } from './run-records.ts';
import { listedRunSchema } from './run-state.ts';

/** One line of a run list, with what a glance needs. */
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
    /** As the config names them; null for a pipeline. */
    model: z.string().nullable(),
    dataset: z.string().nullable(),
    /** The value that a method is told by, such as `method.apa_lambda`, as it is in force. */
    coefficient: z.object({ path: z.string(), value: z.number() }).nullable(),
    /** Why it ended early or waits, in one sentence. */
    problem: z.string().nullable(),
    /** Of a pipeline: its working stage's. */
    progress: progressSchema.nullable(),
    /** Newest value of the figures that its recipe is judged by. */
    figures: z.record(z.string(), anyNumberSchema),
    /** The course of one of them from the first step to the last, a few dozen means written by `encodeFloats`. */
    spark: z.object({ key: z.string(), values: z.string() }).nullable(),
  });
export type RunLine = z.infer<typeof runLineSchema>;

/** Lines that are new or have changed since the last batch. */
export const overviewBatchSchema = z.object({
  lines: z.array(runLineSchema),
  removed: z.array(z.string()),
  /** False while the first reading goes on. */
  isCaughtUp: z.boolean(),
});
export type OverviewBatch = z.infer<typeof overviewBatchSchema>;
