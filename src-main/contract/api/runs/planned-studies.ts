import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema as value } from '../../any-number.ts';
import { runIdSchema } from '../../ids.ts';
import { errors } from '../api-errors.ts';
import { onClusterSchema, studyPlaceSchema } from '../clusters.ts';
import { jobMessageSchema } from '../jobs.ts';
import { preflightStageSchema, preflightWarningSchema } from './preflight.ts';
import { levelSchema, progressSchema } from './run-records.ts';
import { bestOfSchema } from './start-samples.ts';
import { studySchema } from './study.ts';
import { studyReadingSchema } from './study-reading.ts';

/** Studies that Keel runs from a config. */

/** A study's config as a user wrote it. */
export const studyRequestSchema = z.object({
  config: z.string(),
  /** The folder that relative paths in the config are relative to. */
  baseFolder: z.string().min(1),
  /** The cluster that its runs are handed to; null for this machine. Without a number, as many at once as fit there. */
  on: onClusterSchema
    .omit({ workers: true })
    .extend({ parallel: studyPlaceSchema.shape.parallel.nullable().default(null) })
    .nullable()
    .default(null),
});
export type StudyRequest = z.infer<typeof studyRequestSchema>;

/** One run of a study, whether it exists yet or not. */
export const studyEntrySchema = z.object({
  key: z.string(),
  /** Name of a run that the others share; null for one that is compared. */
  shared: z.string().nullable(),
  label: z.string(),
  knobs: z.record(z.string(), z.unknown()),
  seed: z.int().nullable(),
  run: runIdSchema.nullable(),
  state: z.enum(['waiting', 'queued', 'running', 'paused', 'finished', 'stopped', 'failed', 'interrupted']),
  step: z.int().nullable(),
  /** Steps that the config asks for; null if a run of this recipe counts epochs. */
  steps: z.int().nullable(),
  problem: z.string().nullable(),
  /** The cluster's node that computed it last: Ray's id, and the name of its machine; null for this machine. */
  node: z.object({ id: z.string(), name: z.string() }).nullable(),
});
export type StudyEntryState = z.infer<typeof studyEntrySchema>;

export const plannedStudySchema = z.object({
  study: studySchema,
  /** `ended` if no run is left to start; some may have failed. */
  state: z.enum(['running', 'ended', 'stopped']),
  finished: z.int().nonnegative(),
  /** The cluster that computes its runs; null for this machine. */
  place: studyPlaceSchema.nullable(),
  entries: z.array(studyEntrySchema),
});
export type PlannedStudy = z.infer<typeof plannedStudySchema>;

/** A study in the list, with how far it is if Keel runs it. */
export const listedStudySchema = studySchema.extend({
  standing: plannedStudySchema.pick({ state: true, finished: true }).extend({ of: z.int().nonnegative() }).nullable(),
});
export type ListedStudy = z.infer<typeof listedStudySchema>;

/** What a study will need: its shared runs, and one run of each method times the number of its cells and seeds. */
export const studyForecastSchema = z.object({
  stages: z.array(z.object({ runs: z.int().positive(), ...preflightStageSchema.shape })),
  runs: z.int().nonnegative(),
  totalSeconds: z.number().nonnegative().nullable(),
  peakBytes: z.number().nonnegative(),
  diskBytes: z.number().nonnegative(),
  freeBytes: z.number().nonnegative(),
  fits: z.boolean(),
  warnings: z.array(preflightWarningSchema),
});
export type StudyForecast = z.infer<typeof studyForecastSchema>;

export const studyForecastMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: progressSchema }),
  z.object({ kind: z.literal('log'), level: levelSchema, text: z.string() }),
  z.object({ kind: z.literal('result'), result: studyForecastSchema }),
]);
export type StudyForecastMessage = z.infer<typeof studyForecastMessageSchema>;

/** One group's frontier: the gain in the measure over the start, as a mean over seeds, at each KL that all of them reached. */
export const frontierBandSchema = z.object({
  group: z.int().nonnegative(),
  name: z.string(),
  recipe: z.string(),
  points: z.array(z.object({ kl: z.number(), mean: z.number(), low: value, high: value })),
});
export type FrontierBand = z.infer<typeof frontierBandSchema>;

/** A compared run's evaluations. */
export const studyRunSchema = z.object({
  run: runIdSchema,
  group: z.int().nonnegative(),
  /** The configuration, as its cells are named. */
  name: z.string(),
  recipe: z.string(),
  seed: z.int().nullable(),
  points: z.array(z.object({ step: z.int(), kl: value.nullable(), reward: value.nullable(), judge: value.nullable() })),
});
export type StudyRun = z.infer<typeof studyRunSchema>;

/** A planned study's results, as far as it has run. */
export const studyReportSchema = z.object({
  planned: plannedStudySchema,
  by: z.enum(['reward', 'judge']),
  /** The KL that every compared run reached; null if there is none. */
  commonKl: z.number().nullable(),
  /** At the KL at which methods are compared; null if no KL was reached by all. */
  matched: studyReadingSchema.nullable(),
  /** At the last evaluation of every run. */
  atEnd: studyReadingSchema.nullable(),
  /** Every run at that KL, or at its end if it stayed nearer; the best configurations are chosen here. */
  within: studyReadingSchema.nullable(),
  frontier: z.array(frontierBandSchema),
  runs: z.array(studyRunSchema),
  /** Null until responses of the starting policy were sampled. */
  bestOf: bestOfSchema.nullable(),
});
export type StudyReport = z.infer<typeof studyReportSchema>;

const procedure = oc.errors(errors);
const one = z.object({ id: z.int().positive() });

/** What a page starts a new study from: a config, and the folder from which its paths start. */
export const studyDraftSchema = z.object({ config: z.record(z.string(), z.unknown()), baseFolder: z.string() });
export type StudyDraft = z.infer<typeof studyDraftSchema>;

/** Running studies from configs, as part of the studies' contract. */
export const plannedProcedures = {
  /** Measures one run of every kind without changing anything. The last message is the result. */
  measure: procedure.input(studyRequestSchema).output(eventIterator(studyForecastMessageSchema)),
  /** Checks every config of a study, then adds it and starts its first run. The result is the study as planned. */
  begin: procedure.input(studyRequestSchema).output(eventIterator(jobMessageSchema)),
  planned: procedure.input(one).output(plannedStudySchema),
  /** Runs what has not finished, each part once more. */
  resume: procedure.input(one).output(plannedStudySchema),
  /** Ends the study's run with a checkpoint, or without one, and starts no other. */
  stop: procedure.input(one.extend({ now: z.boolean().default(false) })).output(plannedStudySchema),
  /** Compares by another score or at another KL than the config says, if asked. */
  report: procedure
    .input(
      one.extend({
        by: z.enum(['reward', 'judge']).optional(),
        kl: z.number().positive().optional(),
      }),
    )
    .output(studyReportSchema),
  /** Samples and scores responses of the starting policy, for "best of n" in the frontier. The result is what is kept. */
  sampleStart: procedure
    .input(one.extend({ samples: z.int().min(2).max(1024).default(16) }))
    .output(eventIterator(jobMessageSchema)),
  /** Everything that is wrong with a study's config and with what it refers to. The result is an admission. */
  check: procedure.input(studyRequestSchema).output(eventIterator(jobMessageSchema)),
  /** The config of a study, or one that repeats a run with all methods, some seeds, and values around its own. */
  draft: procedure.input(z.union([one, z.object({ run: z.string().min(1) })])).output(studyDraftSchema),
};
