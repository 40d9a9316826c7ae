import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from '../api-errors.ts';
import { onClusterSchema } from '../clusters.ts';
import { preflightPredictionSchema } from './preflight-prediction.ts';
import { levelSchema, progressSchema } from './run-records.ts';

/** What a run will need, measured by running a small part of it. Sizes are in bytes, times in seconds. */

const bytes = z.number().nonnegative();
const seconds = z.number().nonnegative();

export const memoryPartSchema = z.object({ name: z.string(), bytes });

/** Peak memory of the process with a given number of rows per pass; `extrapolated` if it was not run. */
export const memorySizeSchema = z.object({
  field: z.string().describe('path of the config field that sets the number of rows'),
  rows: z.int().positive(),
  peakBytes: bytes,
  source: z.enum(['measured', 'extrapolated']),
});

export const memoryForecastSchema = z.object({
  peakBytes: bytes,
  source: z.enum(['measured', 'extrapolated']),
  limitBytes: bytes.describe('memory that was free for the engine before the measurement'),
  fits: z.boolean(),
  parts: z.array(memoryPartSchema).describe('weights per model, optimizer, libraries, and the rest as activations'),
  deviceBytes: bytes.nullable().describe('minimum memory needed on the GPU; null on a CPU'),
  sizes: z.array(memorySizeSchema),
});

export const timeForecastSchema = z.object({
  unit: z.enum(['iterations', 'updates']),
  iterations: z.int().nonnegative(),
  secondsPerIteration: seconds,
  phases: z.array(z.object({ name: z.string(), seconds })),
  setupSeconds: seconds.describe('process, models, data, graphs'),
  evaluations: z.int().nonnegative(),
  evaluationSeconds: seconds,
  checkpoints: z.int().nonnegative(),
  checkpointSeconds: seconds,
  finishSeconds: seconds.describe('artifacts, certificate'),
  totalSeconds: seconds,
});

export const diskForecastSchema = z.object({
  checkpointBytes: bytes,
  keptCheckpoints: z.int().nonnegative().describe('at the same time, including the one being written'),
  artifactBytes: bytes,
  totalBytes: bytes,
  freeBytes: bytes,
  fits: z.boolean(),
});

/** The largest value of a batch field that fits; `confirmed` if it was actually run. */
export const largestSizeSchema = z.object({
  field: z.string(),
  configured: z.int().positive(),
  rows: z.int().positive(),
  peakBytes: bytes,
  confirmed: z.boolean(),
});

export const preflightWarningSchema = z.object({
  level: z.enum(['error', 'warning', 'note']),
  field: z.string().nullable(),
  why: z.string(),
  fix: z.string(),
});

export const preflightStageSchema = z.object({
  stage: z.string().nullable().describe('name of the pipeline stage'),
  recipe: z.string(),
  device: z.object({ backend: z.string(), device: z.string(), mode: z.string(), threads: z.int().positive() }),
  memory: memoryForecastSchema,
  time: timeForecastSchema.nullable().describe('null if nothing that fits could be measured'),
  disk: diskForecastSchema,
  largest: z.array(largestSizeSchema),
  suggestedMicroBatch: z.int().positive().nullable().describe('null if whole batches fit'),
  warnings: z.array(preflightWarningSchema),
});

export const preflightReportSchema = z.object({
  stages: z.array(preflightStageSchema),
  totalSeconds: seconds.nullable(),
  peakBytes: bytes,
  diskBytes: bytes,
  fits: z.boolean(),
  warnings: z.array(preflightWarningSchema).describe('for the whole run'),
  measuredSeconds: seconds.describe('how long the measurement took'),
  cluster: z.string().nullable().describe('on a node of which it was measured; null for this machine'),
});

export type MemoryForecast = z.infer<typeof memoryForecastSchema>;
export type MemorySize = z.infer<typeof memorySizeSchema>;
export type TimeForecast = z.infer<typeof timeForecastSchema>;
export type DiskForecast = z.infer<typeof diskForecastSchema>;
export type LargestSize = z.infer<typeof largestSizeSchema>;
export type PreflightWarning = z.infer<typeof preflightWarningSchema>;
export type PreflightStage = z.infer<typeof preflightStageSchema>;
export type PreflightReport = z.infer<typeof preflightReportSchema>;

export const preflightMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: progressSchema }),
  z.object({ kind: z.literal('log'), level: levelSchema, text: z.string() }),
  z.object({ kind: z.literal('result'), result: preflightReportSchema }),
]);
export type PreflightMessage = z.infer<typeof preflightMessageSchema>;

export const preflightRequestSchema = z.object({
  /** YAML or JSON, as written by the user. */
  config: z.string(),
  /** The folder that relative paths in the config are relative to. */
  baseFolder: z.string().min(1),
  /** Overrides of the form `a.b=c`. */
  overrides: z.array(z.string()).default([]),
  /** The cluster on whose node it is measured; null for this machine. */
  on: onClusterSchema.nullable().default(null),
});
export type PreflightRequest = z.input<typeof preflightRequestSchema>;

/** Measures a config without changing anything; leaving the stream ends it. The last message is the result. */
export const preflightContract = {
  measure: oc.errors(errors).input(preflightRequestSchema).output(eventIterator(preflightMessageSchema)),
  /** Predicts the memory of a config by arithmetic; nothing is run. */
  predict: oc.errors(errors).input(preflightRequestSchema).output(preflightPredictionSchema),
};
