import type { FileKind } from './readers/file-kind.ts';

/** TRL's dataset types that Keel reads. */
export const DATASET_TYPES = [
  'language_modeling',
  'prompt_only',
  'prompt_completion',
  'preference',
  'preference_implicit_prompt',
  'unpaired_preference',
] as const;
export type DatasetType = (typeof DATASET_TYPES)[number];

/** The columns that have a meaning. */
export const COLUMNS = ['text', 'messages', 'prompt', 'completion', 'chosen', 'rejected', 'label'] as const;
export type Column = (typeof COLUMNS)[number];

/** Name in the file of each column that is called differently there: `{ prompt: 'question' }`. */
export type ColumnMapping = Partial<Readonly<Record<Column, string>>>;

/** How the rows of one file are to be read. */
export interface DatasetFormat {
  readonly fileKind: FileKind;
  readonly gzip: boolean;
  readonly type: DatasetType;
  readonly form: 'standard' | 'conversational';
  /** True for HH's dialogs: one string with turns, the prompt ends at the last "\n\nAssistant:". */
  readonly rawDialogs: boolean;
  /** Columns in use and their names in the file. */
  readonly columns: ColumnMapping;
}
