import { z } from 'zod';
import { field, group, real, whole, words } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

const COLUMNS = ['text', 'messages', 'prompt', 'completion', 'chosen', 'rejected', 'label'] as const;

const columnFields = Object.fromEntries(
  COLUMNS.map((name) => [
    name,
    field(words().optional(), { description: `Name in the file of the column that Keel calls \`${name}\`.` }),
  ]),
) as Record<(typeof COLUMNS)[number], z.ZodOptional<ReturnType<typeof words>>>;

/** Files, split and length limits; the same for every recipe. */
export const dataGroup = group(
  {
    files: field(z.array(words()).min(1).max(1000), {
      description: 'Dataset files (.jsonl, .json, .csv, .parquet, .txt, gzipped or not); one name may stand alone.',
    }),
    columns: group(columnFields, 'Columns that are called differently in the file.'),
    held_out_files: field(z.array(words()).min(1).max(1000).nullable(), {
      description: 'Files to evaluate on; null takes a share of `files` instead.',
    }),
    held_out_fraction: field(real(0, 0.9), {
      description: 'Share of the records held out from training, split by prompt; unused with `held_out_files`.',
    }),
    held_out_size: field(whole(1, 10_000_000).nullable(), {
      description: 'Evaluate on at most so many held-out records; null for all.',
    }),
    max_records: field(whole(1, 100_000_000).nullable(), {
      description: 'Use at most the first so many good records; null for all.',
    }),
    max_length: field(whole(2, 1_048_576).nullable(), {
      description: "Longest sequence, prompt and response together; null for the model's context.",
      unit: 'tokens',
    }),
    truncation_side: field(z.enum(['left', 'right']), {
      description: 'Which end of a text that is too long is cut off.',
    }),
    duplicates: field(z.enum(['remove_exact', 'remove_near', 'keep', 'former_remove', 'former_keep']), {
      description:
        'Which records that repeat another are left out before the split: those that are equal in every character, also those that nearly are, or none; `former_…` is what earlier versions did, for their runs.',
    }),
    skip_bad_rows: field(z.boolean(), {
      description: 'Leave out rows that cannot be used, and count them, instead of stopping at the first load.',
    }),
  },
  'What to train on.',
);
export type DataGroup = z.infer<typeof dataGroup>;

/** Defaults that every recipe shares. */
export const dataPreset = {
  ...allFrom('Keel: nothing is left out or renamed unless asked for', {
    columns: {},
    held_out_files: null,
    held_out_size: null,
    max_records: null,
    skip_bad_rows: false,
  }),
  ...allFrom('Kohavi 1995: one tenth is held out', { held_out_fraction: 0.1 }),
  ...allFrom('Keel: a record that is trained twice counts twice, one that only looks alike is data', {
    duplicates: 'remove_exact' as const,
  }),
  ...allFrom('Keel: as long as the model can read', { max_length: null, truncation_side: 'left' as const }),
} satisfies Preset<DataGroup>;
