import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema } from '../any-number.ts';
import { errors } from './api-errors.ts';
import { detailSchema, levelSchema, progressSchema } from './runs/run-records.ts';

/** What a short job tells on its way; `result` is the last message. Rows come in the order of the input. */
export const jobMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: progressSchema }),
  z.object({ kind: z.literal('log'), level: levelSchema, text: z.string() }),
  z.object({ kind: z.literal('rows'), rows: z.array(z.unknown()) }),
  z.object({ kind: z.literal('result'), result: z.unknown() }),
]);
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** A file of JSON lines, or the rows themselves. */
export const jobInputSchema = z.union([
  z.object({ file: z.string().min(1) }),
  z.object({ rows: z.array(z.unknown()) }),
]);

/** `folder` is what relative paths are relative to; `model` is a folder or a reference (`run:<id>/policy`). */
const model = { folder: z.string().min(1), model: z.string().min(1) };
const withModel = z.object({ ...model, input: jobInputSchema });

export const generateRequestSchema = withModel.extend({
  maxNewTokens: z.int().positive().default(64),
  temperature: z.number().nonnegative().default(1),
  topK: z.int().nonnegative().default(0),
  topP: z.number().positive().max(1).default(1),
  stop: z.array(z.string()).default([]),
  seed: z.int().nonnegative().default(0),
  /** Tell of new tokens every so many, as `generatedPartSchema` rows; 0 tells of whole answers only. */
  partTokens: z.int().nonnegative().max(256).default(0),
});
export type GenerateRequest = z.input<typeof generateRequestSchema>;

/** One token of an answer. `text` is what it adds to the answer: empty while a character is not complete. */
export const generatedTokenSchema = z.object({
  id: z.int().nonnegative(),
  text: z.string(),
  logprob: anyNumberSchema.describe('natural logarithm of its probability under the distribution that was sampled'),
});
export type GeneratedToken = z.infer<typeof generatedTokenSchema>;

/** New tokens of one answer since the part before; the first part also tells what the model was given. */
export const generatedPartSchema = z.object({
  row: z.int().nonnegative(),
  sent: z
    .object({ text: z.string(), tokens: z.int().nonnegative(), chatTemplate: z.boolean() })
    .nullable()
    .describe('the exact text before the answer, special tokens included'),
  tokens: z.array(generatedTokenSchema),
  /** The whole answer so far, without its stop. */
  text: z.string(),
  end: z.enum(['stop', 'length']).nullable(),
});
export type GeneratedPart = z.infer<typeof generatedPartSchema>;

export const exportRequestSchema = z.object({
  run: z.string().min(1),
  folder: z.string().min(1),
  format: z.literal('hf'),
  what: z.enum(['policy', 'critic', 'reward_model']).nullable().default(null),
  tag: z.string().nullable().default(null),
  out: z.string().min(1),
  force: z.boolean().default(false),
});

const procedure = oc.errors(errors);
/** Messages of a short job. */
export const jobStream = eventIterator(jobMessageSchema);
const withOptions = z.object({ folder: z.string().min(1), options: detailSchema });

/** Short jobs, each in an engine process of its own; leaving the stream ends the job. */
export const jobsContract = {
  score: procedure.input(withModel).output(jobStream),
  reward: procedure.input(withModel).output(jobStream),
  generate: procedure.input(generateRequestSchema).output(jobStream),
  export: procedure.input(exportRequestSchema).output(jobStream),
  bench: procedure.input(withOptions).output(jobStream),
};
