import { oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema as value } from '../../any-number.ts';
import { runIdSchema } from '../../ids.ts';
import { errors } from '../api-errors.ts';
import { listedStudySchema, plannedProcedures } from './planned-studies.ts';
import { runSchema } from './run-state.ts';
import { studySchema } from './study.ts';
import { meanIntervalSchema, studyReadingSchema } from './study-reading.ts';

/** One of the runs in a comparison. */
export const comparedRunSchema = z.object({
  id: runIdSchema,
  name: z.string(),
  recipe: z.string(),
  state: z.string(),
  seed: z.int().nullable(),
  /** λ of APA and AWR, kl_coef of PPO: the value that controls the distance from the starting policy. */
  anchor: z.object({ path: z.string(), value: z.number() }).nullable(),
  /** Runs in the same group have configs that differ only in the seed. */
  group: z.int().nonnegative(),
  lastStep: z.int().nullable(),
  hasSamples: z.boolean(),
});
export type ComparedRun = z.infer<typeof comparedRunSchema>;

/** One evaluation on held-out prompts, with half-widths of 95% intervals over prompts (null if unknown). */
export const evaluationPointSchema = z.object({
  step: z.int().nonnegative(),
  kl: value,
  reward: value,
  rewardHalf: value.nullable(),
  judge: value.nullable(),
  judgeHalf: value.nullable(),
});
export type EvaluationPoint = z.infer<typeof evaluationPointSchema>;

/** Where to stop a run by one measure; see statistics/frontier.ts. */
export const stopSchema = z.object({
  step: z.int().nonnegative(),
  value,
  after: z.enum(['rising', 'level', 'fell']),
  last: z.object({ step: z.int().nonnegative(), value }),
  comparedStep: z.int().nonnegative(),
  /** From that step to the last, the reward rises and the judge falls, each beyond its interval. */
  isOverOptimized: z.boolean(),
});
export type RunStop = z.infer<typeof stopSchema>;

/** A config field whose value differs between the runs. */
export const differenceSchema = z.object({
  path: z.string(),
  /** In the order of the runs; null if a recipe has no such field. */
  values: z.array(
    z.object({ value: z.unknown(), isChanged: z.boolean().describe("differs from its preset's value") }).nullable(),
  ),
});
export type ConfigDifference = z.infer<typeof differenceSchema>;

/** One metric over the runs of a group, at the last evaluation and at the best evaluation of each run. */
export const summaryRowSchema = z.object({
  group: z.int().nonnegative(),
  key: z.string(),
  last: meanIntervalSchema,
  best: meanIntervalSchema,
});
export type SummaryRow = z.infer<typeof summaryRowSchema>;

export const comparisonSchema = z.object({
  runs: z.array(comparedRunSchema),
  differences: z.array(differenceSchema),
  /** In the order of the runs. */
  evaluations: z.array(
    z.object({
      points: z.array(evaluationPointSchema),
      /** Steps whose checkpoints are on disk. */
      kept: z.array(z.int()),
      stops: z.object({ reward: stopSchema.nullable(), judge: stopSchema.nullable() }),
      /** From the start to the last evaluation, as in the report of the run. */
      isOverOptimized: z.boolean(),
    }),
  ),
  summaries: z.array(summaryRowSchema),
  /** Metrics of at least one of the runs, sorted. */
  keys: z.array(z.string()),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** A run at one of its steps with responses; null for the last such step. */
export const runStepSchema = z.object({ run: z.string().min(1), step: z.int().nonnegative().nullable().default(null) });
export type RunStep = z.output<typeof runStepSchema>;

export const versusSchema = z.object({
  ours: z.object({ run: runIdSchema, step: z.int() }),
  theirs: z.object({ run: runIdSchema, step: z.int() }),
  by: z.enum(['reward', 'judge']),
  share: value,
  n: z.int().nonnegative(),
  low: value,
  high: value,
  wins: z.int().nonnegative(),
  ties: z.int().nonnegative(),
  /** Number of prompts that only one of the two has. */
  unmatched: z.int().nonnegative(),
  /** True if both were scored by the same reward or judge; otherwise their scores have no common scale. */
  isSameScorer: z.boolean(),
});
export type Versus = z.infer<typeof versusSchema>;

const one = z.object({ id: z.int().positive() });
const runs = z.array(z.string().min(1)).min(1).max(64);
const started = z.object({ study: studySchema, runs: z.array(runSchema) });

/** The settings with which the same run would be started by another method. */
export const methodPlanSchema = z.object({
  /** For APA and AWR, in units of the scaled advantage. */
  lambda: z.number().positive(),
  /** PPO's weight of the KL in the reward, in units of the scaled score. */
  klCoef: z.number().nonnegative(),
  klCoefBecause: z.string(),
});
export type MethodPlan = z.infer<typeof methodPlanSchema>;

const procedure = oc.errors(errors);

/** Comparing runs; a pipeline is represented by the last of its stages that trains a policy. */
export const studiesContract = {
  list: procedure.output(z.array(listedStudySchema)),
  create: procedure
    .input(z.object({ name: z.string().trim().min(1).max(100), runs, notes: z.string().max(100_000).default('') }))
    .output(studySchema),
  update: procedure
    .input(
      one.extend({
        name: z.string().trim().min(1).max(100).optional(),
        notes: z.string().max(100_000).optional(),
        runs: runs.optional(),
      }),
    )
    .output(studySchema),
  /** Deletes the study but keeps its runs. */
  remove: procedure.input(one).output(z.object({ removed: z.int() })),
  compare: procedure.input(z.object({ runs })).output(comparisonSchema),
  /** Every group at one KL, with simultaneous intervals of the differences between methods. */
  reading: procedure
    .input(
      z.object({
        runs,
        kl: z.number().nonnegative().nullable().describe('null: at the last evaluation'),
        by: z.enum(['reward', 'judge']),
        within: z.boolean().default(false).describe('read runs that stay nearer to the start at their end'),
      }),
    )
    .output(studyReadingSchema),
  /** How often the responses at one step beat those at another, on the prompts that both have. */
  versus: procedure
    .input(z.object({ ours: runStepSchema, theirs: runStepSchema, by: z.enum(['reward', 'judge']) }))
    .output(versusSchema),
  ...plannedProcedures,
  planMethods: procedure.input(z.object({ run: z.string().min(1) })).output(methodPlanSchema),
  /** The same data, reward, seed, and iterations with APA, AWR, and PPO, as three queued runs in one study. */
  startMethods: procedure
    .input(
      z.object({ run: z.string().min(1), lambda: z.number().positive().max(1e6), klCoef: z.number().min(0).max(1e6) }),
    )
    .output(started),
  /** The same config with other seeds, as queued runs in one study with the run itself. */
  startSeeds: procedure
    .input(z.object({ run: z.string().min(1), seeds: z.array(z.int().min(0).max(2_147_483_647)).min(1).max(32) }))
    .output(started),
};
