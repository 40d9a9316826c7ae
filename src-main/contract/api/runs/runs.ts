import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { runIdSchema, sequenceSchema } from '../../ids.ts';
import { errors } from '../api-errors.ts';
import { onClusterSchema } from '../clusters.ts';
import { demoResultSchema } from '../demo.ts';
import { runArchiveContract } from '../run-archive.ts';
import { workStream } from '../work-stream.ts';
import { admissionSchema } from './admission.ts';
import { metricExportContract } from './metric-export.ts';
import { overviewBatchSchema } from './overview.ts';
import { rollbackContract } from './rollback.ts';
import {
  eventRowSchema,
  metricRowSchema,
  progressSchema,
  sampleStepSchema,
  storedSampleSchema,
} from './run-records.ts';
import { runReportSchema } from './run-report.ts';
import { listedRunSchema, runDetailSchema, runSchema } from './run-state.ts';
import { seriesAnswerSchema, seriesRequestSchema } from './series.ts';

const one = z.object({ run: z.string().min(1) });
const tail = one.extend({ after: sequenceSchema.default(0) });

/** What happened in a run since the last batch. `run` and `progress` are the newest state. */
export const runBatchSchema = z.object({
  sequence: sequenceSchema,
  /** False while older rows are still being sent. */
  isCaughtUp: z.boolean(),
  run: runSchema,
  progress: progressSchema.nullable(),
  metrics: z.array(metricRowSchema),
  events: z.array(eventRowSchema),
  samples: z.array(storedSampleSchema),
});
export type RunBatch = z.infer<typeof runBatchSchema>;

export const startRequestSchema = z.object({
  /** YAML or JSON, as written by the user. */
  config: z.string(),
  /** The folder that relative paths in the config are relative to. */
  baseFolder: z.string().min(1),
  /** Overrides of the form `a.b=c`. */
  overrides: z.array(z.string()).default([]),
  name: z.string().nullable().default(null),
  /** The cluster that computes the run; null for this machine. */
  on: onClusterSchema.nullable().default(null),
});
export type StartRequest = z.input<typeof startRequestSchema>;

const procedure = oc.errors(errors);

/** Runs: `run` is an id, an unambiguous beginning or end of one, or `latest`. */
export const runsContract = {
  /** Checks a config and everything that it refers to; makes no run. Leaving the stream ends the check. */
  check: procedure.input(startRequestSchema).output(workStream(admissionSchema)),
  /** Checks a config and starts the run, which is the result. Fails with every fault, and then makes no run. */
  request: procedure.input(startRequestSchema).output(workStream(runSchema)),
  /** The same without the progress of the check. */
  start: procedure.input(startRequestSchema).output(runSchema),
  list: procedure.input(z.object({ limit: z.int().positive().default(1000) })).output(z.array(listedRunSchema)),
  get: procedure.input(one).output(runDetailSchema),
  metrics: procedure
    .input(
      one.extend({
        keys: z.array(z.string()).nullable().default(null),
        fromStep: z.int().default(0),
        toStep: z.int().nullable().default(null),
      }),
    )
    .output(z.array(metricRowSchema)),
  keys: procedure.input(one).output(z.array(z.string())),
  series: procedure.input(seriesRequestSchema).output(seriesAnswerSchema),
  /** The report of a run, or of each stage of a pipeline that has evaluated something. */
  report: procedure.input(one).output(z.array(runReportSchema)),
  latest: procedure.input(one).output(z.record(z.string(), anyNumberSchema)),
  samples: procedure.input(tail).output(z.array(storedSampleSchema)),
  /** The steps with responses to the fixed prompts, from first to last, without the responses themselves. */
  sampleSteps: procedure.input(one).output(z.array(sampleStepSchema)),
  /** The responses at one of those steps; empty if there are none. */
  samplesAt: procedure.input(one.extend({ step: z.int().nonnegative() })).output(z.array(storedSampleSchema)),
  events: procedure.input(tail).output(z.array(eventRowSchema)),
  watch: procedure
    .input(tail.extend({ withSamples: z.boolean().default(false) }))
    .output(eventIterator(runBatchSchema)),
  overview: procedure
    .input(z.object({ limit: z.int().positive().default(1000) }))
    .output(eventIterator(overviewBatchSchema)),
  startDemo: procedure.input(z.object({ seed: z.int().nonnegative().default(0) })).output(runSchema),
  demoResult: procedure.input(one).output(demoResultSchema),
  resume: procedure.input(one).output(runSchema),
  /** Ids of the runs that wait for their device, in the order in which they will start. */
  queue: procedure.output(z.array(runIdSchema)),
  /** Places a waiting run before another one, or last for null. */
  move: procedure.input(one.extend({ before: z.string().nullable() })).output(z.array(runIdSchema)),
  stop: procedure.input(one.extend({ now: z.boolean().default(false) })).output(runSchema),
  pause: procedure.input(one).output(runSchema),
  unpause: procedure.input(one).output(runSchema),
  checkpoint: procedure.input(one).output(runSchema),
  set: procedure.input(one.extend({ path: z.string().min(1), value: z.number() })).output(runSchema),
  ...runArchiveContract,
  ...rollbackContract,
  ...metricExportContract,
};
