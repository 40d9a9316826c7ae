import { z } from 'zod';
import { runIdSchema, sequenceSchema } from '../../ids.ts';
import { resumePlanSchema } from './resume-plan.ts';
import { pauseCauseSchema } from './run-doctor.ts';
import {
  artifactSchema,
  changeSchema,
  checkpointSchema,
  detailSchema,
  inputSchema,
  keelErrorSchema,
} from './run-records.ts';

/**
 * `queued` waits for its device; `interrupted` lost its host or engine and can be resumed; `stopped` ended by wish and
 * can be resumed; `finished` and `failed` say what they mean. A pipeline under way is `paused` when its stage is, and
 * `queued` while its stage waits for another run.
 */
export const runStateSchema = z.enum(['queued', 'running', 'paused', 'finished', 'stopped', 'failed', 'interrupted']);
export type RunState = z.infer<typeof runStateSchema>;

const milliseconds = z.int().nullable();

/** One line of a run list. Times are milliseconds since 1970. */
export const runSchema = z.object({
  id: runIdSchema,
  /** Counts up with every run made: the order of runs, whatever the clock said. */
  number: z.int().positive(),
  name: z.string(),
  recipe: z.string(),
  state: runStateSchema,
  /** The pipeline that it is a stage of. */
  parent: runIdSchema.nullable(),
  stage: z.string().nullable(),
  device: z.string(),
  folder: z.string(),
  /** What relative paths of the config are relative to. */
  baseFolder: z.string(),
  createdAt: z.int(),
  startedAt: milliseconds,
  finishedAt: milliseconds,
  lastStep: z.int().nullable(),
  summary: detailSchema.nullable(),
  error: keelErrorSchema.nullable(),
  /** Counts up each time that the run goes back to a checkpoint: steps after it were given up, see the event. */
  branch: z.int().nonnegative(),
  /** Why it is paused; null in every other state. */
  pausedBecause: pauseCauseSchema.nullable(),
});
export type Run = z.infer<typeof runSchema>;

/** What a resume would do; null for a run that is under way or has finished. */
const resumesAt = resumePlanSchema.nullable();

export const listedRunSchema = runSchema.extend({ resumesAt });
export type ListedRun = z.infer<typeof listedRunSchema>;

/** One start of an engine for a run, with everything that may move a number. */
export const attemptSchema = z.object({
  number: z.int().positive(),
  enginePid: z.int().nullable(),
  resumedFrom: z.int().nullable(),
  device: detailSchema,
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  environment: detailSchema,
  startedAt: z.int(),
  endedAt: milliseconds,
  cause: z.string().nullable(),
  /** Attempts to reach the network that the engine has refused; null where an older Keel ran it. */
  networkCalls: z.int().nullable(),
  /** Internet sockets that the engine held open when it last told, as the kernel counts; null where it does not. */
  openSockets: z.int().nullable(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const storedCheckpointSchema = checkpointSchema.extend({ at: z.int(), removedBecause: z.string().nullable() });
export type StoredCheckpoint = z.infer<typeof storedCheckpointSchema>;

export const storedInputSchema = inputSchema.extend({ sourceRun: z.string().nullable() });
export type StoredInput = z.infer<typeof storedInputSchema>;

/** All that is known of one run, but for its long series. */
export const runDetailSchema = runSchema.extend({
  resumesAt,
  /** The last number told so far: what comes later has a higher one. */
  sequence: sequenceSchema,
  configGiven: z.string(),
  config: detailSchema,
  attempts: z.array(attemptSchema),
  checkpoints: z.array(storedCheckpointSchema),
  artifacts: z.array(artifactSchema),
  inputs: z.array(storedInputSchema),
  changes: z.array(changeSchema),
  stages: z.array(runSchema),
});
export type RunDetail = z.infer<typeof runDetailSchema>;
