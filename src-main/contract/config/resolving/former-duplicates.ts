import { isPlain, type Plain } from '../preset.ts';

/**
 * Configs of earlier runs have `data.near_duplicates: remove` or `keep`. Their runs go on with the records that they began
 * with, so it becomes what was done then. A config that names both is left for the schema to refuse.
 */
export function withFormerDuplicates(raw: Plain): Plain {
  const { data } = raw;
  if (!isPlain(data) || 'duplicates' in data) return raw;
  const { near_duplicates: former, ...rest } = data;
  if (former !== 'remove' && former !== 'keep') return raw;
  return { ...raw, data: { ...rest, duplicates: `former_${former}` } };
}
