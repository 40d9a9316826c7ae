import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors, noInput } from '../api-errors.ts';
import { jobStream } from '../jobs.ts';
import { detailSchema, keelErrorSchema } from '../runs/run-records.ts';
import { workStream } from '../work-stream.ts';
import { datasetFormatSchema, datasetReportSchema, exampleSchema } from './datasets.ts';

const count = z.int().nonnegative();

/** One version of a dataset's content. Versions are distinguished by their hash, not by their time. */
export const datasetVersionSchema = z.object({
  number: z.int().positive(),
  contentHash: z.string(),
  path: z.string().describe('file with this content, unless it has been changed since'),
  bytes: count,
  seenAt: z.int().describe('when this content was last found, in milliseconds since 1970'),
});
export type DatasetVersion = z.infer<typeof datasetVersionSchema>;

/** `changed`: the file differs from its newest version; `missing`: the file does not exist. */
export const datasetStateSchema = z.enum(['ready', 'changed', 'missing']);

/** A dataset in the library. */
export const datasetSchema = z.object({
  id: z.int().positive(),
  name: z.string(),
  /** The file that a run would read. */
  path: z.string(),
  /** The file that was added; differs from `path` for a copy. */
  source: z.string(),
  isCopy: z.boolean(),
  /** The name in the file of each column that has another name there. */
  columns: z.record(z.string(), z.string()),
  addedAt: z.int(),
  removedAt: z.int().nullable(),
  state: datasetStateSchema,
  /** The result of the last check of the newest content; null before the first check. */
  summary: z.object({ type: z.string(), form: z.string(), good: count, bad: count }).nullable(),
  /** Newest first. */
  versions: z.array(datasetVersionSchema).min(1),
});
export type Dataset = z.infer<typeof datasetSchema>;

/** How rows are tokenized. One report is kept per view and content. */
export const tokenViewSchema = z.object({
  /** Model folder or reference whose tokenizer is used; null for no tokens. */
  model: z.string().min(1).nullable().default(null),
  maxLength: z.int().positive().nullable().default(null),
  truncationSide: z.enum(['left', 'right']).default('left'),
  trainOn: z.enum(['assistant', 'completion', 'all']).nullable().default(null),
  specialTokens: z.enum(['text', 'parse']).default('text'),
});
export type TokenView = z.infer<typeof tokenViewSchema>;

export const keptReportSchema = z.object({
  report: datasetReportSchema,
  /** The dataset version that it describes. */
  version: z.int().positive(),
  /** Milliseconds since 1970. */
  madeAt: z.int(),
  wasKept: z.boolean().describe('true if it already existed and nothing had to be read'),
});
export type KeptReport = z.infer<typeof keptReportSchema>;

/** One row of a file, as stored and as the trainer sees it. */
export const datasetRowSchema = z.object({
  index: count.describe('position among all rows of the file, including bad ones, from 0'),
  line: count,
  /** The row's columns as text, each cut to 20,000 characters. */
  fields: z.array(z.object({ name: z.string(), text: z.string(), cut: count.describe('characters left out') })),
  fault: z.object({ reason: z.string(), why: z.string() }).nullable(),
  /** The texts that the row was parsed into: prompt, responses, turns. */
  turns: z.array(z.object({ part: z.string(), role: z.string().nullable(), text: z.string() })),
  tokens: z.array(exampleSchema),
});
export type DatasetRow = z.infer<typeof datasetRowSchema>;

export const rowsPageSchema = z.object({
  /** Column names in the file, from its first rows. */
  columns: z.array(z.string()),
  format: datasetFormatSchema.nullable(),
  /** Why no format fits, and how to fix it; the rows are then shown as stored. */
  problem: keelErrorSchema.nullable(),
  rows: z.array(datasetRowSchema),
  isLast: z.boolean().describe('true if these are the last rows of the file'),
});
export type RowsPage = z.infer<typeof rowsPageSchema>;

/** A file that is included with Keel. */
export const starterDatasetSchema = z.object({
  path: z.string(),
  name: z.string(),
  type: z.string(),
  rows: count,
  bytes: count,
});
export type StarterDataset = z.infer<typeof starterDatasetSchema>;

/** Rows to change or to leave out. `index` counts all rows of the file, including bad ones, from 0. */
export const rowChangesSchema = z.object({
  edits: z
    .array(z.object({ index: count, fields: z.record(z.string(), z.string()).describe('new text by column name') }))
    .max(10_000),
  excluded: z.array(count).max(100_000),
  excludesUnusable: z.boolean().describe('also leaves out every row that cannot be used'),
});
export type RowChanges = z.infer<typeof rowChangesSchema>;

export const changedDatasetSchema = z.object({
  dataset: datasetSchema,
  /** The new version. */
  version: z.int().positive(),
  rows: count,
  excluded: count,
  edited: count,
});
export type ChangedDataset = z.infer<typeof changedDatasetSchema>;

const procedure = oc.errors(errors);
const one = z.object({ dataset: z.int().positive() });

/** Datasets in the library, and the check of any file. The engine reads the data: it has the readers and tokenizers. */
export const datasetsContract = {
  check: procedure
    .input(z.object({ folder: z.string().min(1), file: z.string().min(1), options: detailSchema }))
    .output(jobStream),
  /** Checks the data of a config as a run would use them; `result` is a `configCheckSchema`. */
  checkConfig: procedure
    .input(
      z.object({
        config: z.string().describe('YAML or JSON'),
        overrides: z.array(z.string()).default([]),
        baseFolder: z.string().min(1).describe('folder that relative paths in the config are relative to'),
        stage: z.string().min(1).nullable().default(null).describe('stage of a pipeline; null for other configs'),
        examples: z.int().nonnegative().default(3),
      }),
    )
    .output(jobStream),
  /** Adds a file, or registers new content at a known path. A relative path is relative to `folder`. */
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
        /** Index or line of the first row. */
        from: z.union([z.object({ index: count }), z.object({ line: z.int().positive() })]),
        count: z.int().positive().max(100).default(20),
      }),
    )
    .output(workStream(rowsPageSchema)),
  /**
   * Writes a new version with changed rows into the data folder; the file it was made from stays as it is. Throws
   * `dataset.changed` if the content is no longer that of `version`.
   */
  change: procedure
    .input(one.extend({ version: z.int().positive(), changes: rowChangesSchema }))
    .output(workStream(changedDatasetSchema)),
  /** Makes an earlier version the one that runs read. Throws `dataset_version_unknown`, `dataset.changed`. */
  useVersion: procedure.input(one.extend({ version: z.int().positive() })).output(workStream(datasetSchema)),
  /** Datasets that are included with Keel. */
  starter: procedure.input(noInput).output(z.array(starterDatasetSchema)),
};
