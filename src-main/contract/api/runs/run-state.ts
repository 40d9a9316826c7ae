import { z } from 'zod';
import { runIdSchema, sequenceSchema } from '../../ids.ts';
import { dataLedgerSchema } from './data-ledger.ts';
import { resumePlanSchema } from './resume-plan.ts';
import { pauseCauseSchema } from './run-doctor.ts';
import { runOutcomeSchema } from './run-outcome.ts';
import {
  artifactSchema,
  changeSchema,
  checkpointSchema,
  detailSchema,
  inputSchema,
  keelErrorSchema,
} from './run-records.ts';

/**
 * `queued`: waits for its device; `interrupted`: lost its host or engine and can be resumed; `stopped`: stopped on
 * request and can be resumed; `finished` and `failed` are self-explanatory. A pipeline in progress is `paused` if its
 * stage is, and `queued` while its stage waits for another run.
 */
export const runStateSchema = z.enum(['queued', 'running', 'paused', 'finished', 'stopped', 'failed', 'interrupted']);
export type RunState = z.infer<typeof runStateSchema>;

const milliseconds = z.int().nullable();

/** A run, as listed. Times are in milliseconds since 1970. */
export const runSchema = z.object({
  id: runIdSchema,
  /** Increases with every new run: the order of runs, independent of the clock. */
  number: z.int().positive(),
  name: z.string(),
  recipe: z.string(),
  state: runStateSchema,
  /** The pipeline of which it is a stage. */
  parent: runIdSchema.nullable(),
  stage: z.string().nullable(),
  device: z.string(),
  folder: z.string(),
  /** The folder that relative paths in the config are relative to. */
  baseFolder: z.string(),
  createdAt: z.int(),
  startedAt: milliseconds,
  finishedAt: milliseconds,
  lastStep: z.int().nullable(),
  summary: detailSchema.nullable(),
  error: keelErrorSchema.nullable(),
  /** Increases with every rollback, which discards the steps after a checkpoint; see the event. */
  branch: z.int().nonnegative(),
  /** Why it is paused; null in all other states. */
  pausedBecause: pauseCauseSchema.nullable(),
});
export type Run = z.infer<typeof runSchema>;

/** What a resume would do; null for a run that is in progress or has finished. */
const resumesAt = resumePlanSchema.nullable();

export const listedRunSchema = runSchema.extend({
  resumesAt,
  /** From the report that was stored when the run ended; null for a run without one. */
  outcome: runOutcomeSchema.nullable(),
});
export type ListedRun = z.infer<typeof listedRunSchema>;

/** One start of an engine for a run, with everything that can affect its results. */
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
  /** Number of network attempts that the engine refused; null if an older version of Keel ran it. */
  networkCalls: z.int().nullable(),
  /** Internet sockets that the engine had open at its last report, counted by the kernel; null if unavailable. */
  openSockets: z.int().nullable(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const storedCheckpointSchema = checkpointSchema.extend({ at: z.int(), removedBecause: z.string().nullable() });
export type StoredCheckpoint = z.infer<typeof storedCheckpointSchema>;

export const storedInputSchema = inputSchema.extend({ sourceRun: z.string().nullable() });
export type StoredInput = z.infer<typeof storedInputSchema>;

/** Everything about one run except its long series. */
export const runDetailSchema = runSchema.extend({
  resumesAt,
  /** The last sequence number so far; later records have higher ones. */
  sequence: sequenceSchema,
  configGiven: z.string(),
  config: detailSchema,
  attempts: z.array(attemptSchema),
  checkpoints: z.array(storedCheckpointSchema),
  artifacts: z.array(artifactSchema),
  inputs: z.array(storedInputSchema),
  changes: z.array(changeSchema),
  /** What became of the rows of its data; null until they are loaded. */
  ledger: dataLedgerSchema.nullable(),
  stages: z.array(runSchema),
});
export type RunDetail = z.infer<typeof runDetailSchema>;
