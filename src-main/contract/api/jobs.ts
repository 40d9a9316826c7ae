import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { anyNumberSchema } from '../any-number.ts';
import { EXPORT_DTYPES } from '../export-dtypes.ts';
import { GGUF_EXPORT_TYPES } from '../gguf-types.ts';
import { errors } from './api-errors.ts';
import { detailSchema, levelSchema, progressSchema } from './runs/run-records.ts';

/** The messages of a short job; `result` is the last one. Rows have the same order as the input. */
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

/** Relative paths are relative to `folder`; `model` is a folder or a reference (`run:<id>/policy`). */
const model = {
  folder: z.string().min(1),
  model: z.string().min(1),
  /** Folder of the base, for an adapter whose own description of it does not lead to it. */
  base: z.string().min(1).nullable().default(null),
};
const withModel = z.object({
  ...model,
  input: jobInputSchema,
  /** Whether special tokens that the input spells out stay text or are read as tokens. */
  specialTokens: z.enum(['text', 'parse']).default('text'),
});

export const generateRequestSchema = withModel.extend({
  maxNewTokens: z.int().positive().default(64),
  temperature: z.number().nonnegative().default(1),
  topK: z.int().nonnegative().default(0),
  topP: z.number().positive().max(1).default(1),
  stop: z.array(z.string()).default([]),
  seed: z.int().nonnegative().default(0),
  /** Requests of one conversation keep their model in memory, adapters of one base on one copy of it, until `release`. */
  conversation: z.string().min(1).max(100).nullable().default(null),
  /** Number of new tokens per `generatedPartSchema` row; with 0, only complete responses are sent. */
  partTokens: z.int().nonnegative().max(256).default(0),
});
export type GenerateRequest = z.input<typeof generateRequestSchema>;

/** One token of a response. `text` is what it adds to the response: empty while a character is incomplete. */
export const generatedTokenSchema = z.object({
  id: z.int().nonnegative(),
  text: z.string(),
  logprob: anyNumberSchema.describe('natural logarithm of its probability in the sampled distribution'),
});
export type GeneratedToken = z.infer<typeof generatedTokenSchema>;

/** New tokens of one response since its previous part; the first part also contains the model's input. */
export const generatedPartSchema = z.object({
  row: z.int().nonnegative(),
  sent: z
    .object({
      text: z.string(),
      tokens: z.int().nonnegative(),
      chatTemplate: z.boolean(),
      /** The text in pieces: special tokens, and text that merely spells one, apart from the rest. */
      pieces: z.array(z.object({ text: z.string(), kind: z.enum(['text', 'special', 'spelled']) })).default([]),
    })
    .nullable()
    .describe('the exact text before the response, including special tokens'),
  tokens: z.array(generatedTokenSchema),
  /** The whole response so far, without its stop. */
  text: z.string(),
  end: z.enum(['stop', 'length']).nullable(),
});
export type GeneratedPart = z.infer<typeof generatedPartSchema>;

/** `task` is the file of a task in the layout of lm-evaluation-harness; its data file is relative to it. */
export const evaluateRequestSchema = z.object({
  ...model,
  task: z.string().min(1),
  /** Number of questions from the first on; null for all. */
  limit: z.int().positive().nullable().default(null),
});

/** What a task's evaluation found; the standard error of a single question is unknown. */
export const taskResultSchema = z.object({
  task: z.string(),
  questions: z.int().nonnegative(),
  /** Questions whose beginning did not fit into the model's context. */
  truncated: z.int().nonnegative(),
  metrics: z.record(z.string(), z.object({ value: z.number(), stderr: z.number().nullable() })),
});

export const exportRequestSchema = z.object({
  run: z.string().min(1),
  folder: z.string().min(1),
  format: z.enum(['hf', 'gguf', 'gguf-lora']),
  type: z.enum(GGUF_EXPORT_TYPES).default('F16').describe('type of a GGUF file'),
  dtype: z
    .enum(EXPORT_DTYPES)
    .nullable()
    .default(null)
    .describe('type of the weights in a Hugging Face folder; float32'),
  what: z.enum(['policy', 'critic', 'reward_model']).nullable().default(null),
  tag: z.string().nullable().default(null),
  out: z.string().min(1),
  force: z.boolean().default(false).describe('replace an unchanged folder that Keel wrote'),
  allowNonFinite: z.boolean().default(false).describe('export weights that are NaN or infinite'),
});

const procedure = oc.errors(errors);
/** The messages of a short job. */
export const jobStream = eventIterator(jobMessageSchema);
const withOptions = z.object({ folder: z.string().min(1), options: detailSchema });

/** Short jobs, each in its own engine process except in a conversation; leaving the stream ends the job. */
export const jobsContract = {
  score: procedure.input(withModel).output(jobStream),
  reward: procedure.input(withModel).output(jobStream),
  generate: procedure.input(generateRequestSchema).output(jobStream),
  evaluate: procedure.input(evaluateRequestSchema).output(jobStream),
  /** Ends a conversation: its models leave memory. */
  release: procedure.input(z.object({ conversation: z.string().min(1).max(100) })).output(z.null()),
  export: procedure.input(exportRequestSchema).output(jobStream),
  bench: procedure.input(withOptions).output(jobStream),
};
