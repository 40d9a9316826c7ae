import { oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema } from '../../any-number.ts';
import { runIdSchema } from '../../ids.ts';
import { errors } from '../api-errors.ts';

/** Older stores have null for a number that could not be formed. */
const number = anyNumberSchema.nullable().transform((value) => value ?? Number.NaN);
const count = z.int().nonnegative();
const shareSchema = z.object({ share: number, low: number, high: number, n: count });

/** What is known of a reward model from held-out pairs before a policy is trained against it. */
export const certificateSchema = z.object({
  accuracy: shareSchema,
  shorterWins: shareSchema.describe('accuracy of "the shorter one wins" on the same pairs'),
  calibrationError: number.describe('mean |predicted - observed| over the pairs'),
  calibration: z
    .array(z.object({ confidence: number, accuracy: number, n: count }))
    .describe('predicted σ(|margin|) beside how often the preferred one was chosen'),
  byMargin: z.array(z.object({ from: number, to: number, accuracy: number, n: count })),
  lengthCorrelation: z.object({ pearson: number, spearman: number }),
  scores: z.object({ mean: number, standardDeviation: number }),
  includesChance: z.boolean(),
});
export type CertificateRecord = z.output<typeof certificateSchema>;

/** A held-out pair that the reward model gets wrong. Lengths count response tokens. */
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
  /** What an online recipe would do with it. */
  verdict: z.object({ isAccepted: z.boolean(), why: z.string(), fix: z.string() }),
  /** Worst first; null where the run kept none. */
  worst: z.array(worstPairSchema).nullable(),
  /** Runs that were trained against it. */
  usedBy: z.array(runIdSchema),
});

/** Reward models and what they proved; of a pipeline, that of its reward-model stage. */
export const rewardModelsContract = {
  get: oc
    .errors(errors)
    .input(z.object({ run: z.string().min(1) }))
    .output(rewardModelSchema),
};
