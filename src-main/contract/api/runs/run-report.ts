import { z } from 'zod';
import { runIdSchema } from '../../ids.ts';
import { failureModeSchema } from './run-doctor.ts';
import { directionSchema } from './run-outcome.ts';
import { runStateSchema } from './run-state.ts';

/** A number that could not be computed is absent. */
const known = z.number().nullable();
const count = z.int().nonnegative();

/** End minus start on the same prompts or records, with its 95% interval; see statistics/paired-change.ts. */
export const reportedChangeSchema = z.object({
  change: z.number(),
  low: known,
  high: known,
  n: count,
  ties: z.number().describe('share of the prompts that do not change'),
  detectable: known.describe(
    'the change that a test finds in four of five runs with this spread and number of prompts',
  ),
});
export type ReportedChange = z.infer<typeof reportedChangeSchema>;

/** One measure, by its key in the metric catalog. */
export const reportRowSchema = z.object({
  key: z.string(),
  start: known,
  end: known,
  /** Null if the run did not keep the values of each prompt. */
  change: reportedChangeSchema.nullable(),
});
export type ReportRow = z.infer<typeof reportRowSchema>;

/** A share with its 95% Wilson interval. */
export const reportedShareSchema = z.object({ share: z.number(), low: z.number(), high: z.number(), n: count });
export type ReportedShare = z.infer<typeof reportedShareSchema>;

/** How often the final responses beat the starting policy's, prompt by prompt; a tie counts one half. */
export const reportedWinsSchema = reportedShareSchema.extend({
  by: z.enum(['reward', 'judge']),
  wins: count,
  ties: count,
  losses: count,
});
export type ReportedWins = z.infer<typeof reportedWinsSchema>;

/** What "best" means in this run, and whether the best policy is better than the starting one. */
export const reportedBestSchema = z.object({
  by: z.enum(['reward', 'judge']),
  step: count,
  value: z.number(),
  /** Number of evaluations of which it is the highest. */
  of: count,
  change: reportedChangeSchema.nullable(),
  /** Beyond the change's interval. */
  isAboveStart: z.boolean(),
  /** What `run:ID/policy` refers to; null if the run saved no policy. */
  used: z.enum(['best', 'last']).nullable(),
});
export type ReportedBest = z.infer<typeof reportedBestSchema>;

/** The answer of a run: what training has changed, and how certain that is. Stored when the run ends. */
export const runReportSchema = z.object({
  run: runIdSchema,
  name: z.string(),
  recipe: z.string(),
  state: runStateSchema,
  /** The evaluations that are compared; null if there were none. */
  startStep: count.nullable(),
  endStep: count.nullable(),
  rows: z.array(reportRowSchema),
  wins: z.array(reportedWinsSchema),
  /** Null for a run without a reward. */
  verdict: z
    .object({ isOverOptimized: z.boolean(), reward: directionSchema, judge: directionSchema.nullable() })
    .nullable(),
  best: reportedBestSchema.nullable(),
  /** A reward model's agreement with held-out pairs. */
  accuracy: reportedShareSchema.nullable(),
  findings: z.array(
    z.object({
      regime: failureModeSchema,
      since: count,
      isOpen: z.boolean(),
      cause: z.string(),
      remedy: z.string(),
    }),
  ),
});
export type RunReport = z.infer<typeof runReportSchema>;
