import { oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { runIdSchema } from '../../ids.ts';
import { errors } from '../api-errors.ts';

/** Older stores have null for numbers that could not be computed. */
const number = anyNumberSchema.nullable().transform((value) => value ?? Number.NaN);
const count = z.int().nonnegative();
const shareSchema = z.object({ share: number, low: number, high: number, n: count });

/** Measurements of a reward model on held-out pairs, before a policy is trained against it. */
export const certificateSchema = z.object({
  accuracy: shareSchema,
  shorterWins: shareSchema.describe('accuracy of always choosing the shorter one, on the same pairs'),
  calibrationError: number.describe('mean |predicted - observed| over the pairs'),
  calibration: z
    .array(z.object({ confidence: number, accuracy: number, n: count }))
    .describe('predicted σ(|margin|), and how often the preferred one was chosen'),
  byMargin: z.array(z.object({ from: number, to: number, accuracy: number, n: count })),
  lengthCorrelation: z.object({ pearson: number, spearman: number }),
  scores: z.object({ mean: number, standardDeviation: number }),
  includesChance: z.boolean(),
});
export type CertificateRecord = z.output<typeof certificateSchema>;

/** A held-out pair that the reward model gets wrong. Lengths are in response tokens. */
export const worstPairSchema = z.object({
  prompt: z.string(),
  chosen: z.string(),
  rejected: z.string(),
  chosenScore: anyNumberSchema,
  rejectedScore: anyNumberSchema,
  chosenLength: count,
  rejectedLength: count,
  file: z.string(),
  line: count,
});
export type WorstPair = z.infer<typeof worstPairSchema>;

export const rewardModelSchema = z.object({
  run: runIdSchema,
  name: z.string(),
  /** Null until the run has finished. */
  certificate: certificateSchema.nullable(),
  /** Whether an online recipe would accept it. */
  verdict: z.object({ isAccepted: z.boolean(), why: z.string(), fix: z.string() }),
  /** Worst first; null if the run did not save any. */
  worst: z.array(worstPairSchema).nullable(),
  /** Runs that were trained against it. */
  usedBy: z.array(runIdSchema),
});

/** Reward models and their certificates; for a pipeline, those of its reward-model stage. */
export const rewardModelsContract = {
  get: oc
    .errors(errors)
    .input(z.object({ run: z.string().min(1) }))
    .output(rewardModelSchema),
};
