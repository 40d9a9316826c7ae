import type { Dataset } from '#contract/api/library/dataset-library.ts';

/** Endings of files that Keel reads as data. */
export const DATA_KINDS = ['jsonl', 'json', 'csv', 'parquet', 'txt', 'gz'];

const TYPES: Readonly<Record<string, string>> = {
  language_modeling: 'text to continue',
  prompt_only: 'prompts',
  prompt_completion: 'prompt and completion',
  preference: 'preference pairs',
  preference_implicit_prompt: 'preference pairs, prompt inside',
  unpaired_preference: 'judged completions',
};

/** A dataset type in words. */
export function typeWords(type: string): string {
  return TYPES[type] ?? type.replaceAll('_', ' ');
}

/** What a dataset's state means for the person. */
export const STATE_WORDS: Readonly<Record<Dataset['state'], { readonly word: string; readonly tone: string }>> = {
  ready: { word: 'ready', tone: 'good' },
  changed: { word: 'file has changed', tone: 'warn' },
  missing: { word: 'file is gone', tone: 'bad' },
};

/** The columns that have a meaning, and what each is. */
export const MEANINGS = [
  { column: 'prompt', words: 'what the model is asked' },
  { column: 'completion', words: 'the answer' },
  { column: 'chosen', words: 'the better answer' },
  { column: 'rejected', words: 'the worse answer' },
  { column: 'label', words: 'true if it was liked' },
  { column: 'messages', words: 'a conversation of turns' },
  { column: 'text', words: 'plain text' },
] as const;
