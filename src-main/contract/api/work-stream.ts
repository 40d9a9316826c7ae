import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { levelSchema, progressSchema } from './runs/run-records.ts';

/** The messages of longer work: progress and logs, then one typed `result`, which is the last message. */
export function workMessageSchema<Result extends z.ZodType>(result: Result) {
  return z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('progress'), progress: progressSchema }),
    z.object({ kind: z.literal('log'), level: levelSchema, text: z.string() }),
    z.object({ kind: z.literal('result'), result }),
  ]);
}

export type WorkMessage<Result> =
  | { readonly kind: 'progress'; readonly progress: z.infer<typeof progressSchema> }
  | { readonly kind: 'log'; readonly level: z.infer<typeof levelSchema>; readonly text: string }
  | { readonly kind: 'result'; readonly result: Result };

/** A stream of {@link workMessageSchema} messages; leaving it ends the work. */
export function workStream<Result extends z.ZodType>(result: Result) {
  return eventIterator(workMessageSchema(result));
}
