import type { Dataset } from '#contract/api/library/dataset-library.ts';

/** Extensions of files that Keel reads as data. */
export const DATA_KINDS = ['jsonl', 'ndjson', 'json', 'csv', 'tsv', 'parquet', 'arrow', 'feather', 'txt', 'gz', 'zst'];

const TYPES: Readonly<Record<string, string>> = {
  language_modeling: 'plain text',
  prompt_only: 'prompts',
  prompt_completion: 'prompt and completion',
  preference: 'preference pairs',
  preference_implicit_prompt: 'preference pairs, implicit prompt',
  unpaired_preference: 'labeled completions',
};

/** The display name of a dataset type. */
export function typeWords(type: string): string {
  return TYPES[type] ?? type.replaceAll('_', ' ');
}

/** Label and color tone of each dataset state. */
export const STATE_WORDS: Readonly<Record<Dataset['state'], { readonly word: string; readonly tone: string }>> = {
  ready: { word: 'ready', tone: 'good' },
  changed: { word: 'file changed', tone: 'warn' },
  missing: { word: 'file missing', tone: 'bad' },
};

/** The columns that Keel knows, and what each one holds. */
export const MEANINGS = [
  { column: 'prompt', words: 'input to the model' },
  { column: 'completion', words: 'the response' },
  { column: 'chosen', words: 'the better response' },
  { column: 'rejected', words: 'the worse response' },
  { column: 'label', words: 'true if the response is good' },
  { column: 'messages', words: 'a conversation with turns' },
  { column: 'text', words: 'plain text' },
] as const;
