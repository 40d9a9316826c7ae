import { z } from 'zod';
import { anyNumberSchema } from '../any-number.ts';

const evaluationSchema = z.record(z.string(), anyNumberSchema);
const replySchema = z.object({ promptIndex: z.int().nonnegative(), prompt: z.string(), response: z.string() });
export type DemoReply = z.infer<typeof replySchema>;

/** The result of the demo: the first evaluation and that of the exported policy. */
export const demoResultSchema = z.object({
  /** The run that produced the policy. */
  apaRun: z.string(),
  rewardModelAccuracy: z.number().nullable(),
  before: evaluationSchema,
  after: evaluationSchema,
  samplesBefore: z.array(replySchema),
  samplesAfter: z.array(replySchema),
});
export type DemoResult = z.infer<typeof demoResultSchema>;
