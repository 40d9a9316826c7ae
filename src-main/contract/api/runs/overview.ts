import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { runIdSchema } from '../../ids.ts';
import { runLabelsSchema } from './run-labels.ts';
import { progressSchema } from './run-records.ts';
import { listedRunSchema, runStateSchema } from './run-state.ts';

/** A stage of a pipeline, whether it has begun or not. */
export const plannedStageSchema = z.object({
  name: z.string(),
  /** Id of its run; null until it begins. */
  run: runIdSchema.nullable(),
  state: z.enum([...runStateSchema.options, 'planned']),
  /** Steps done and planned; null until the data say how many there are. */
  done: z.int().nonnegative(),
  total: z.number().nullable(),
  unit: z.string(),
  /** For a stage that has not begun: its work at the pace of the current one; null if that is not known. */
  secondsLeft: z.number().nullable(),
  /** Number of the doctor's open findings. */
  findings: z.int().nonnegative(),
});
export type PlannedStage = z.infer<typeof plannedStageSchema>;

/** A pipeline from its first to its last stage. */
export const pipelinePlanSchema = z.object({
  stages: z.array(plannedStageSchema),
  /** Share of the work of all stages that is done, from 0 to 1. */
  share: z.number(),
  /** Null while that of one stage is not known. */
  secondsLeft: z.number().nullable(),
});
export type PipelinePlan = z.infer<typeof pipelinePlanSchema>;

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
    /** For a pipeline, that of its current stage, with share and time left of all stages. */
    progress: progressSchema.nullable(),
    /** All stages of a pipeline; null for any other run. */
    plan: pipelinePlanSchema.nullable(),
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
