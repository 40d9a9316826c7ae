import { z } from 'zod';
import { dataLedgerSchema, ROW_NOTE_KINDS } from '../runs/data-ledger.ts';
import { keelErrorSchema } from '../runs/run-records.ts';

/** The result of `keel dataset check`. Every count is over the whole file unless its description says otherwise. */

const count = z.int().nonnegative();

export const datasetFormatSchema = z.object({
  fileKind: z.enum(['jsonl', 'json', 'csv', 'parquet', 'arrow', 'txt']),
  gzip: z.boolean(),
  rowsFrom: z.string().optional().describe('key of the list that holds the rows of a JSON object'),
  type: z.enum([
    'language_modeling',
    'prompt_only',
    'prompt_completion',
    'preference',
    'preference_implicit_prompt',
    'unpaired_preference',
  ]),
  form: z.enum(['standard', 'conversational']),
  rawDialogs: z.boolean().describe('HH dialogs: the prompt ends at the last "\\n\\nAssistant:" in both'),
  columns: z.record(z.string(), z.string()).describe('columns that are used, with their names in the file'),
  layout: z
    .object({ name: z.string(), type: z.string(), columns: z.array(z.string()).readonly(), mapping: z.string() })
    .optional()
    .describe('a common layout, such as ShareGPT or Alpaca, and what each of its columns is read as'),
});

export const badRowSchema = z.object({
  line: count.describe('line of the file, or row of a Parquet or Arrow file, from 1'),
  reason: z.string(),
  why: z.string(),
});

export const rowCountsSchema = z.object({
  total: count,
  good: count,
  bad: count,
  reasons: z.array(z.object({ reason: z.string(), count, firstLine: count, why: z.string() })),
  firstBad: z.array(badRowSchema).describe('the first 100'),
});

export const tokenCountsSchema = z.object({
  vocabSize: count,
  maxLength: count.nullable().describe('longer rows are cut; null if there is no limit'),
  rows: count.describe('token rows; a comparison has two'),
  total: count.describe('before cutting'),
  trained: count.describe('tokens that count in the loss, after cutting'),
  mean: z.number(),
  longest: count,
  percentiles: z.object({ p50: count, p90: count, p99: count }).describe('upper bounds of histogram bins'),
  histogram: z.array(z.object({ from: count, to: count, rows: count })).describe('length in tokens before cutting'),
  truncatedRows: count,
  truncatedTokens: count,
  rowsWithoutTrained: count.describe('rows without trained tokens, for example because their response was cut off'),
  trainedSpans: count.describe('runs of trained tokens, such as the turns of an assistant'),
  unendedSpans: count.describe('trained spans that do not end in a stop token of the model, apart from those cut off'),
});

/** Two nearly identical rows, from the first difference on. */
export const nearPairSchema = z.object({
  line: count,
  repeats: count.describe('line of the row that it repeats'),
  text: z.string(),
  repeatedText: z.string(),
});

export const duplicateCountsSchema = z.object({
  exact: count,
  examinedExact: count.describe('number of rows compared; limited by memory'),
  near: count.describe('rows whose prompt and responses nearly repeat another row, not counting exact copies'),
  examinedNear: count,
  repeatedPrompts: count.describe('rows whose prompt equals or nearly equals that of another row'),
  nearPairs: z.array(nearPairSchema).describe('the first rows that nearly repeat another'),
});

export const rowNoteSchema = z.object({
  kind: z.enum(ROW_NOTE_KINDS),
  name: z.string().nullable().describe('the column, key, or token that it is about'),
  rows: count,
  count: count.describe('occurrences in these rows'),
  firstLine: count,
});

export const exampleTokenSchema = z.object({
  id: count,
  text: z.string(),
  trained: z.boolean(),
  kind: z
    .enum(['text', 'special', 'spelled'])
    .default('text')
    .describe('a special token, or part of text that merely spells one'),
});

export const exampleSchema = z.object({
  line: count,
  name: z.enum(['text', 'prompt', 'completion', 'chosen', 'rejected']),
  cut: count,
  tokens: z.array(exampleTokenSchema),
});

export const findingSchema = z.object({
  level: z.enum(['error', 'warning', 'note']),
  why: z.string(),
  fix: z.string(),
});

export const datasetReportSchema = z.object({
  file: z.string(),
  bytes: count,
  contentHash: z.string().describe('SHA-256 of the bytes on disk'),
  format: datasetFormatSchema,
  trainsOn: z.string().describe('description of the tokens that count in the loss'),
  rows: rowCountsSchema,
  shorterChosen: z
    .object({ comparisons: count, shorter: count })
    .nullable()
    .describe('comparisons whose chosen response has fewer characters: the baseline for a reward model'),
  tokens: tokenCountsSchema.nullable().describe('null if no tokenizer was given'),
  duplicates: duplicateCountsSchema,
  examples: z.array(exampleSchema),
  notes: z.array(rowNoteSchema).default([]),
  findings: z.array(findingSchema),
});

/** The result of a check of a config's data. */
export const configCheckSchema = z.object({
  reports: z.array(datasetReportSchema).describe('one per file, as the recipe of the config uses it'),
  ledger: dataLedgerSchema.nullable().describe('what a run reports of its data; null if it could not load them'),
  problem: keelErrorSchema.nullable().describe('the error with which a run would refuse the data; null for none'),
});
export type ConfigCheck = z.infer<typeof configCheckSchema>;

export type DatasetReport = z.infer<typeof datasetReportSchema>;
export type BadRow = z.infer<typeof badRowSchema>;
export type TokenCounts = z.infer<typeof tokenCountsSchema>;
export type NearPair = z.infer<typeof nearPairSchema>;
export type DuplicateCounts = z.infer<typeof duplicateCountsSchema>;
export type RowNote = z.infer<typeof rowNoteSchema>;
export type RowCounts = z.infer<typeof rowCountsSchema>;
export type DatasetExample = z.infer<typeof exampleSchema>;
export type DatasetFinding = z.infer<typeof findingSchema>;

export const datasetProgressSchema = z.object({ rows: count, bytesRead: count, bytes: count });
export type DatasetProgress = z.infer<typeof datasetProgressSchema>;
