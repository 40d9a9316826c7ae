import { z } from 'zod';

/** What a run will need, by arithmetic from its config and the headers of its models. Sizes are in bytes. */

const bytes = z.number().nonnegative();

export const predictedStageSchema = z.object({
  stage: z.string().nullable().describe('name of the pipeline stage'),
  recipe: z.string(),
  /** Null for a model whose sizes are not known, such as one that the pipeline makes. */
  memory: z
    .object({
      peakBytes: bytes,
      fits: z.boolean(),
      parts: z.array(z.object({ name: z.string(), bytes })).describe('the largest first'),
      parameters: z.int().positive(),
      trained: z.int().positive().describe('of all trained models together'),
      tokens: z.int().positive().describe('length of a sequence for which this holds'),
      isAssumed: z.boolean().describe('whether the length is an assumption, because data.max_length is not set'),
      checkpointBytes: bytes,
      remedies: z
        .array(z.object({ field: z.string(), value: z.unknown(), peakBytes: bytes }))
        .describe('single changes that save memory; only of a stage that does not fit'),
    })
    .nullable(),
  /** Why there is no prediction. */
  problem: z.string().nullable(),
});
export type PredictedStage = z.infer<typeof predictedStageSchema>;

export const preflightPredictionSchema = z.object({
  stages: z.array(predictedStageSchema),
  limitBytes: bytes.describe('available memory'),
});
export type PreflightPrediction = z.infer<typeof preflightPredictionSchema>;
