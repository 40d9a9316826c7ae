import { z } from 'zod';
import { anyNumberSchema } from '../any-number.ts';

const evaluationSchema = z.record(z.string(), anyNumberSchema);
const replySchema = z.object({ promptIndex: z.int().nonnegative(), prompt: z.string(), response: z.string() });
export type DemoReply = z.infer<typeof replySchema>;

/** What the demo's end shows: the first evaluation beside that of the policy it hands over. */
export const demoResultSchema = z.object({
  /** The run whose policy it is. */
  apaRun: z.string(),
  rewardModelAccuracy: z.number().nullable(),
  before: evaluationSchema,
  after: evaluationSchema,
  samplesBefore: z.array(replySchema),
  samplesAfter: z.array(replySchema),
});
export type DemoResult = z.infer<typeof demoResultSchema>;
