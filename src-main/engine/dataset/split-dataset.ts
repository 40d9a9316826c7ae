import { KeelError } from '#contract/errors.ts';
import type { DataRecord } from '../records.ts';
import { groupRecords } from './group-records.ts';
import { hashText } from './seeded-order.ts';

export interface SplitOptions {
  /** Share of the records to hold out, 0 to 1; 0 holds out none. */
  readonly heldOutShare: number;
  readonly seed: number;
}

export interface DatasetSplit {
  /** Indices of records, ascending. */
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
  /** Near-duplicates that are in neither part. */
  readonly removed: readonly { readonly index: number; readonly duplicateOf: number }[];
}

function ascending(indices: readonly number[]): number[] {
  return [...indices].sort((a, b) => a - b);
}

/**
 * Splits records into a training and a held-out part. Near-duplicates are removed first; records that share a prompt
 * stay together, so that nothing held out was seen. Seed and content decide, not the order of rows.
 * Throws `dataset.empty_split` when a part would be empty though a share was asked for.
 */
export function splitDataset(records: readonly DataRecord[], { heldOutShare, seed }: SplitOptions): DatasetSplit {
  const { groups, removed } = groupRecords(records);
  const drawn = groups
    .map((group) => ({ group, draw: hashText(group.key, seed) }))
    .sort((a, b) => a.draw - b.draw || (a.group.key < b.group.key ? -1 : 1));
  const wanted = Math.round((records.length - removed.length) * heldOutShare);
  const heldOut: number[] = [];
  const train: number[] = [];
  for (const { group } of drawn) {
    // A group is taken while it brings the count nearer to the wanted one.
    const nearer = heldOut.length + group.members.length / 2 <= wanted;
    (heldOut.length < wanted && nearer ? heldOut : train).push(...group.members);
  }
  if (heldOutShare > 0 && (heldOut.length === 0 || train.length === 0)) throw emptySplit(records.length, groups.length);
  return { train: ascending(train), heldOut: ascending(heldOut), removed };
}

function emptySplit(records: number, groups: number): KeelError {
  return new KeelError({
    code: 'dataset.empty_split',
    why: `${records} records with ${groups} different prompts cannot be split into a training and a held-out part.`,
    fix: 'Use more data, change the held-out share, or give a held-out file of its own.',
  });
}
