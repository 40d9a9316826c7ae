import { isPlain, type Plain } from '../preset.ts';

/** The fields that every resolved config of an earlier version has in `data`. */
const FORMER = [
  'columns',
  'duplicates',
  'files',
  'held_out_files',
  'held_out_fraction',
  'held_out_size',
  'max_length',
  'max_records',
  'skip_bad_rows',
  'truncation_side',
];

/**
 * Resolved configs of earlier runs have no `data.row_selection`, but every other field of `data`. Their runs must
 * continue with the rows that they started with. A config that was written by hand leaves fields out.
 */
export function withFormerSelection(raw: Plain): Plain {
  const { data } = raw;
  if (!isPlain(data) || 'row_selection' in data || FORMER.some((field) => !(field in data))) return raw;
  return { ...raw, data: { ...data, row_selection: 'former' } };
}
