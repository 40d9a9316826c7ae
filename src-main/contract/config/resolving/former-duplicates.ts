import { isPlain, type Plain } from '../preset.ts';

/**
 * Configs of earlier runs have `data.near_duplicates: remove` or `keep`. Their runs must continue with the records that
 * they started with, so the value is mapped to what was done then. A config that sets both is left for the schema to
 * reject.
 */
export function withFormerDuplicates(raw: Plain): Plain {
  const { data } = raw;
  if (!isPlain(data) || 'duplicates' in data) return raw;
  const { near_duplicates: former, ...rest } = data;
  if (former !== 'remove' && former !== 'keep') return raw;
  return { ...raw, data: { ...rest, duplicates: `former_${former}` } };
}
