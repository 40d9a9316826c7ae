import type { DataRecord } from '../../records.ts';
import { drawGroups } from '../split-dataset.ts';
import { groupRecords } from './former-groups.ts';

/**
 * How earlier versions handled near duplicates, kept only so that their runs can continue with the rows they started
 * with. "Near" means 0.8 of the three-word runs, without signs and symbols, so that `-2 * 3` counts as `2 * 3` and rows
 * with a long common instruction count as the same.
 */
export type FormerDuplicates = 'former_remove' | 'former_keep';

export interface FormerSplitOptions {
  readonly heldOutShare: number;
  readonly seed: number;
  readonly duplicates: FormerDuplicates;
}

/** Indices of the training and the held-out part, ascending, and the number of records in neither. */
export interface FormerSplit {
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
  readonly removed: number;
}

/** The split of earlier versions. Null if a part would be empty although a share was requested. */
export function splitAsFormerly(records: readonly DataRecord[], options: FormerSplitOptions): FormerSplit | null {
  const { heldOutShare, seed, duplicates } = options;
  if (heldOutShare === 0 && duplicates === 'former_keep') {
    return { train: [...records.keys()], heldOut: [], removed: 0 };
  }
  const { groups, removed } = groupRecords(records);
  const wanted = Math.round((records.length - removed.length) * heldOutShare);
  const { train, heldOut } = drawGroups(groups, wanted, seed);
  if (heldOutShare > 0 && (heldOut.length === 0 || train.length === 0)) return null;
  if (duplicates === 'former_remove') return { train, heldOut, removed: removed.length };
  // Only those whose duplicate is a training record are added back: one that repeats a held-out record would be seen in
  // training.
  const kept = new Set(train);
  const back = removed.filter(({ duplicateOf }) => kept.has(duplicateOf)).map(({ index }) => index);
  return {
    train: [...train, ...back].sort((a, b) => a - b),
    heldOut,
    removed: removed.length - back.length,
  };
}
