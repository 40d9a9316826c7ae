import type { FileKind } from './readers/file-kind.ts';

/** The TRL dataset types that Keel reads. */
export const DATASET_TYPES = [
  'language_modeling',
  'prompt_only',
  'prompt_completion',
  'preference',
  'preference_implicit_prompt',
  'unpaired_preference',
] as const;
export type DatasetType = (typeof DATASET_TYPES)[number];

/** Columns with a defined meaning. */
export const COLUMNS = ['text', 'messages', 'prompt', 'completion', 'chosen', 'rejected', 'label'] as const;
export type Column = (typeof COLUMNS)[number];

/** Names in the file of columns that are named differently there: `{ prompt: 'question' }`. */
export type ColumnMapping = Partial<Readonly<Record<Column, string>>>;

/** A common layout of columns that is none of TRL's, and what it is read as. */
export interface Layout {
  readonly name: 'ShareGPT' | 'Alpaca' | 'question and answer';
  readonly type: DatasetType;
  /** Columns of the file that are used; the response is the last one. */
  readonly columns: readonly string[];
  /** In words: `user = instruction + line break + input; assistant = output`. */
  readonly mapping: string;
}

/** How to read the rows of a file. */
export interface DatasetFormat {
  readonly fileKind: FileKind;
  readonly gzip: boolean;
  /** The key of the list that holds the rows of a JSON object, as in `{"data": [{…}]}`. */
  readonly rowsFrom?: string;
  readonly type: DatasetType;
  readonly form: 'standard' | 'conversational';
  /** True for HH dialogs: one string with turns, where the prompt ends at the last "\n\nAssistant:". */
  readonly rawDialogs: boolean;
  /** Columns used, with their names in the file. */
  readonly columns: ColumnMapping;
  /** Set if the columns have a common layout instead of those of the type. */
  readonly layout?: Layout;
}
