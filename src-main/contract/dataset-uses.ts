import type { DatasetReport } from './api/library/datasets.ts';
import type { RecipeFacts } from './page-facts.ts';

export type DatasetType = DatasetReport['format']['type'];
type Rows = RecipeFacts['data'];

/** What the rows of each type are in the first place. */
const MADE_FOR: Readonly<Record<DatasetType, Rows>> = {
  language_modeling: 'demonstrations',
  prompt_only: 'prompts',
  prompt_completion: 'demonstrations',
  preference: 'comparisons',
  preference_implicit_prompt: 'comparisons',
  unpaired_preference: 'judgments',
};

/**
 * The types that recipes of each kind read: a recipe for prompts takes the prompt of any row that has one, a recipe for
 * demonstrations takes the better response of a pair, and one for judgments takes both.
 */
const READS: Readonly<Record<Rows, ReadonlySet<string>>> = {
  prompts: new Set([
    'prompt_only',
    'prompt_completion',
    'preference',
    'preference_implicit_prompt',
    'unpaired_preference',
  ]),
  demonstrations: new Set([
    'language_modeling',
    'prompt_completion',
    'preference',
    'preference_implicit_prompt',
    'unpaired_preference',
  ]),
  comparisons: new Set(['preference', 'preference_implicit_prompt']),
  judgments: new Set(['unpaired_preference', 'preference', 'preference_implicit_prompt']),
};

/** Whether a recipe that learns from such rows reads a dataset of a type. */
export function readsType(rows: Rows, type: string): boolean {
  return READS[rows].has(type);
}

/** What a recipe has to learn from for a dataset of the type to be made for it; prompts for an unknown type. */
export function rowsOfType(type: string | undefined): Rows {
  return MADE_FOR[type as DatasetType] ?? 'prompts';
}
