import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { sequenceSchema } from '../../ids.ts';

/** One number of a run, in the form used everywhere: the engine emits it, the store keeps it, a page draws it. */
export const pointSchema = z.object({ key: z.string().min(1), value: anyNumberSchema });
export type Point = z.infer<typeof pointSchema>;

const perToken = z.array(anyNumberSchema);

/** Sums over the tokens of a response, from which means by prompt and by token are computed. */
export const responseTotalsSchema = z.object({
  /** Number of stored entries. */
  tokens: z.int().nonnegative(),
  /** Exact KL to the reference, nats. */
  kl: anyNumberSchema,
  /** Entropy of the policy over the vocabulary, nats. */
  entropy: anyNumberSchema,
  /** log π_ref of the tokens, nats. */
  refLogprob: anyNumberSchema,
});
export type ResponseTotals = z.infer<typeof responseTotalsSchema>;

/**
 * The response to one fixed prompt at one step of a run; the arrays have one entry per response token, or none if the
 * run keeps only text and scores.
 */
export const sampleRowSchema = z.object({
  promptIndex: z.int().nonnegative(),
  prompt: z.string(),
  response: z.string(),
  ids: z.array(z.int()),
  tokens: z.array(z.string()),
  logprobs: perToken,
  refLogprobs: perToken,
  kl: perToken,
  values: perToken,
  advantages: perToken,
  rewards: perToken,
  score: anyNumberSchema,
  judge: anyNumberSchema.nullable(),
  endedByStop: z.boolean(),
  /** Null in runs of former versions, which kept only the means. */
  totals: responseTotalsSchema.nullable(),
});
export type SampleRow = z.infer<typeof sampleRowSchema>;

/**
 * The progress of a job. `rate` is in units per second; `secondsLeft` is null until it can be estimated. A job of several
 * parts has a `share`, the part of all its work that is done; `isEstimated` if parts of its time left are not measured.
 */
export const progressSchema = z.object({
  phase: z.string(),
  done: z.number(),
  total: z.number(),
  unit: z.string(),
  rate: z.number().nullable().default(null),
  secondsLeft: z.number().nullable().default(null),
  share: z.number().optional(),
  isEstimated: z.boolean().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

export const detailSchema = z.record(z.string(), z.unknown());
export type Detail = z.infer<typeof detailSchema>;

export const faultSchema = z.object({
  where: z.string(),
  why: z.string(),
  fix: z.string().optional(),
  code: z.string().optional(),
});
export const keelErrorSchema = z.object({
  code: z.string(),
  why: z.string(),
  fix: z.string(),
  kind: z.enum(['expected', 'canceled']),
  faults: z.array(faultSchema).optional(),
});

/** A value changed by the user; it applies from the step on. */
export const changeSchema = z.object({ step: z.int().nonnegative(), path: z.string().min(1), value: z.number() });
export type Change = z.infer<typeof changeSchema>;

export const checkpointSchema = z.object({
  step: z.int().nonnegative(),
  folder: z.string().min(1),
  manifestHash: z.string(),
  bytes: z.int().nonnegative(),
  isBest: z.boolean(),
  /** Step of the best checkpoint at that time. */
  bestStep: z.int().nullable().default(null),
  /** First step of the doctor's suspicions and findings at that time; null if there were none. */
  suspectedSince: z.int().nullable().default(null),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;
export type NewCheckpoint = z.input<typeof checkpointSchema>;

export const artifactKindSchema = z.enum(['policy', 'critic', 'reward_model', 'export', 'model']);
export type ArtifactKind = z.infer<typeof artifactKindSchema>;

/** A folder that a run has written. `tag` identifies the saved state: `best`, `last`, or a step. */
export const artifactSchema = z.object({
  kind: artifactKindSchema,
  tag: z.string().default('last'),
  folder: z.string().min(1),
  detail: detailSchema.default({}),
});
export type Artifact = z.infer<typeof artifactSchema>;

/** A file or folder that a run used as input, with the hash of its content. */
export const inputSchema = z.object({
  role: z.string().min(1),
  path: z.string().min(1),
  sha256: z.string(),
  bytes: z.number().nonnegative(),
  rows: z.int().nonnegative().nullable().default(null),
  detail: detailSchema.default({}),
});

export const levelSchema = z.enum(['info', 'warning', 'error']);
export type Level = z.infer<typeof levelSchema>;

/** Rows as returned by the store, ordered by `sequence`. */
export const metricRowSchema = pointSchema.extend({
  sequence: sequenceSchema,
  step: z.int().nonnegative(),
  at: z.int(),
});
export type MetricRow = z.infer<typeof metricRowSchema>;

export const eventRowSchema = z.object({
  sequence: sequenceSchema,
  at: z.int(),
  step: z.int().nonnegative().nullable(),
  level: levelSchema,
  name: z.string(),
  detail: detailSchema,
  /** The discarded branch that its step belongs to; absent if it was not discarded. */
  branch: z.int().optional(),
});
export type EventRow = z.infer<typeof eventRowSchema>;

export const storedSampleSchema = sampleRowSchema.extend({ sequence: sequenceSchema, step: z.int().nonnegative() });
export type StoredSample = z.infer<typeof storedSampleSchema>;

/** One step of a run with responses to the fixed prompts; means over the stored responses. */
export const sampleStepSchema = z.object({
  step: z.int().nonnegative(),
  replies: z.int().positive(),
  score: anyNumberSchema,
  judge: anyNumberSchema.nullable(),
});
export type SampleStep = z.infer<typeof sampleStepSchema>;
