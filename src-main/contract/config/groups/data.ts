import { z } from 'zod';
import { field, group, real, whole, words } from '../fields/field.ts';
import { allFrom, type Preset } from '../preset.ts';

const COLUMNS = ['text', 'messages', 'prompt', 'completion', 'chosen', 'rejected', 'label'] as const;

const columnFields = Object.fromEntries(
  COLUMNS.map((name) => [
    name,
    field(words().optional(), { description: `Name of the \`${name}\` column in the file, if it differs.` }),
  ]),
) as Record<(typeof COLUMNS)[number], z.ZodOptional<ReturnType<typeof words>>>;

/** Files, split, and length limits; the same for every recipe. */
export const dataGroup = group(
  {
    files: field(z.array(words()).min(1).max(1000), {
      description:
        'Dataset files (.jsonl, .json, .csv, .tsv, .txt, each also with .gz or .zst; .parquet, .arrow, or .feather); a ' +
        'list, or a single name.',
    }),
    columns: group(columnFields, 'Columns that have other names in the file.'),
    held_out_files: field(z.array(words()).min(1).max(1000).nullable(), {
      description: 'Files to evaluate on; null to hold out a share of `files` instead.',
    }),
    held_out_fraction: field(real(0, 0.9), {
      description:
        'Share of the records held out from training, split by prompt; 0 for none, and no evaluation. Not used with ' +
        '`held_out_files`.',
    }),
    held_out_size: field(whole(1, 10_000_000).nullable(), {
      description: 'Maximum number of held-out records to evaluate on; null for all.',
    }),
    max_records: field(whole(1, 100_000_000).nullable(), {
      description:
        'Train on the first records only, up to this number; null for all. What is held out is not affected.',
    }),
    max_length: field(whole(2, 1_048_576).nullable(), {
      description: "Maximum length of a sequence, prompt and response together; null for the model's context.",
      unit: 'tokens',
    }),
    truncation_side: field(z.enum(['left', 'right']), {
      description: 'The end at which a text that is too long is cut.',
    }),
    duplicates: field(z.enum(['remove_exact', 'remove_near', 'keep', 'former_remove', 'former_keep']), {
      description:
        'Which records that repeat another one are left out before the split: exact copies (`remove_exact`), near ' +
        'copies too (`remove_near`), or none (`keep`). `former_…` does what earlier versions did, for their runs.',
    }),
    row_selection: field(z.enum(['trainable', 'former']), {
      description:
        'Which rows are used: those with a token to train on after truncation (`trainable`), or all of them, with ' +
        '`max_records` applied to everything that is read (`former`), as in earlier versions, for their runs.',
    }),
    special_tokens: field(z.enum(['text', 'parse']), {
      description:
        'What becomes of text in the data that spells a special token such as `<|im_end|>`: ordinary text (`text`), or ' +
        'that token (`parse`), as `tokenizer(text)` does in transformers.',
      source: 'transformers apply_chat_template(sanitize_control_tokens), tokenizer(split_special_tokens)',
    }),
    skip_bad_rows: field(z.boolean(), {
      description:
        'Leave out rows that cannot be used, and count them. If off, the run stops when it first loads such rows.',
    }),
  },
  'The training data.',
);
export type DataGroup = z.infer<typeof dataGroup>;

/** Defaults that every recipe shares. */
export const dataPreset = {
  ...allFrom('Keel: nothing is left out or renamed unless you ask for it', {
    columns: {},
    held_out_files: null,
    held_out_size: null,
    max_records: null,
    skip_bad_rows: false,
  }),
  ...allFrom('Kohavi 1995: one tenth is held out', { held_out_fraction: 0.1 }),
  ...allFrom('Keel: an exact copy would count twice, but a similar record is data', {
    duplicates: 'remove_exact' as const,
  }),
  ...allFrom('Keel: a row without a token to train on has no loss', { row_selection: 'trainable' as const }),
  ...allFrom('Keel: data cannot end a turn or a sequence by accident', { special_tokens: 'text' as const }),
  ...allFrom('Keel: as long as the model allows', { max_length: null, truncation_side: 'left' as const }),
} satisfies Preset<DataGroup>;
