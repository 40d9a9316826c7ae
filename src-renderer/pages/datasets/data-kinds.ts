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

/** How a dataset stands, in a word; `tone` is that of a badge. */
export interface Standing {
  readonly word: string;
  readonly tone: '' | 'good' | 'warn' | 'bad';
}

/** A dataset is ready only if its rows were read and none is bad; `isRefused`: its last check has failed. */
export function standingOf({ state, summary }: Pick<Dataset, 'state' | 'summary'>, isRefused = false): Standing {
  if (state === 'missing') return { word: 'file missing', tone: 'bad' };
  if (isRefused) return { word: 'cannot be used as is', tone: 'bad' };
  if (state === 'changed') return { word: 'file changed', tone: 'warn' };
  if (summary === null) return { word: 'not checked', tone: '' };
  return summary.bad > 0 ? { word: 'has bad rows', tone: 'warn' } : { word: 'ready', tone: 'good' };
}

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
