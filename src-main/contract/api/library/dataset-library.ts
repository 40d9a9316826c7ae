import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors, noInput } from '../api-errors.ts';
import { jobStream } from '../jobs.ts';
import { detailSchema, keelErrorSchema } from '../runs/run-records.ts';
import { workStream } from '../work-stream.ts';
import { datasetFormatSchema, datasetReportSchema, exampleSchema } from './datasets.ts';

const count = z.int().nonnegative();

/** One content that a dataset has had. Contents are told apart by their hash, not by their time. */
export const datasetVersionSchema = z.object({
  number: z.int().positive(),
  contentHash: z.string(),
  path: z.string().describe('file with this content, as long as nobody has changed it since'),
  bytes: count,
  seenAt: z.int().describe('milliseconds since 1970, when this content was last found'),
});
export type DatasetVersion = z.infer<typeof datasetVersionSchema>;

/** `changed`: the file is not what its newest version says; `missing`: there is no file. */
export const datasetStateSchema = z.enum(['ready', 'changed', 'missing']);

/** A dataset of the library. */
export const datasetSchema = z.object({
  id: z.int().positive(),
  name: z.string(),
  /** File that a run would read. */
  path: z.string(),
  /** File that was added; differs from `path` for a copy. */
  source: z.string(),
  isCopy: z.boolean(),
  /** Name in the file of each column that is called differently there. */
  columns: z.record(z.string(), z.string()),
  addedAt: z.int(),
  removedAt: z.int().nullable(),
  state: datasetStateSchema,
  /** What the last check of the newest content found; null before the first. */
  summary: z.object({ type: z.string(), form: z.string(), good: count, bad: count }).nullable(),
  /** Newest first. */
  versions: z.array(datasetVersionSchema).min(1),
});
export type Dataset = z.infer<typeof datasetSchema>;

/** How rows become tokens. A report is kept for each of these and each content. */
export const tokenViewSchema = z.object({
  /** Model folder or reference whose tokenizer shows the tokens; null counts none. */
  model: z.string().min(1).nullable().default(null),
  maxLength: z.int().positive().nullable().default(null),
  truncationSide: z.enum(['left', 'right']).default('left'),
  trainOn: z.enum(['assistant', 'completion', 'all']).nullable().default(null),
});
export type TokenView = z.infer<typeof tokenViewSchema>;

export const keptReportSchema = z.object({
  report: datasetReportSchema,
  /** The version of the dataset that it is about. */
  version: z.int().positive(),
  /** Milliseconds since 1970. */
  madeAt: z.int(),
  wasKept: z.boolean().describe('true when it was made before and nothing had to be read'),
});
export type KeptReport = z.infer<typeof keptReportSchema>;

/** One row of a file as it stands, and as the trainer will see it. */
export const datasetRowSchema = z.object({
  index: count.describe('place among all rows of the file, bad ones included, from 0'),
  line: count,
  /** The row's columns as text, each cut to 20,000 characters. */
  fields: z.array(z.object({ name: z.string(), text: z.string(), cut: count.describe('characters left out') })),
  fault: z.object({ reason: z.string(), why: z.string() }).nullable(),
  /** The texts that the row was read as: prompt, replies, turns. */
  turns: z.array(z.object({ part: z.string(), role: z.string().nullable(), text: z.string() })),
  tokens: z.array(exampleSchema),
});
export type DatasetRow = z.infer<typeof datasetRowSchema>;

export const rowsPageSchema = z.object({
  /** Column names in the file, from its first rows. */
  columns: z.array(z.string()),
  format: datasetFormatSchema.nullable(),
  /** Why no format fits, with the remedy; the rows are shown as they stand then. */
  problem: keelErrorSchema.nullable(),
  rows: z.array(datasetRowSchema),
  isLast: z.boolean().describe('true when the file ends with these rows'),
});
export type RowsPage = z.infer<typeof rowsPageSchema>;

const procedure = oc.errors(errors);
const one = z.object({ dataset: z.int().positive() });

/** Datasets of the library, and the check of any file. Reading goes through the engine: it has the readers and tokenizers. */
export const datasetsContract = {
  check: procedure
    .input(z.object({ folder: z.string().min(1), file: z.string().min(1), options: detailSchema }))
    .output(jobStream),
  /** Adds a file, or finds new content at a path that was added before. `folder` is what a relative path is relative to. */
  add: procedure
    .input(z.object({ folder: z.string().min(1), path: z.string().min(1), copy: z.boolean().default(false) }))
    .output(workStream(datasetSchema)),
  list: procedure.input(noInput).output(z.array(datasetSchema)),
  get: procedure.input(one).output(datasetSchema),
  remove: procedure.input(one).output(datasetSchema),
  restore: procedure.input(one).output(datasetSchema),
  map: procedure.input(one.extend({ columns: z.record(z.string(), z.string().min(1)) })).output(datasetSchema),
  report: procedure.input(one.extend({ view: tokenViewSchema })).output(workStream(keptReportSchema)),
  rows: procedure
    .input(
      one.extend({
        view: tokenViewSchema,
        /** Index of the first row, or the line on which it stands. */
        from: z.union([z.object({ index: count }), z.object({ line: z.int().positive() })]),
        count: z.int().positive().max(100).default(20),
      }),
    )
    .output(workStream(rowsPageSchema)),
  /** Files that come with Keel. */
  starter: procedure.input(noInput).output(z.array(z.object({ path: z.string(), name: z.string() }))),
};
