import { KeelError } from '#contract/errors.ts';
import { counted } from '#contract/format.ts';
import type { DataRecord } from '../records.ts';
import type { Comparing } from './duplicates/compared-texts.ts';
import { RecordComparison, type RecordGroup, type Repeat } from './duplicates/group-records.ts';
import { hashText } from './seeded-order.ts';

/** Which duplicates are removed before the split. */
export type Duplicates = 'remove_exact' | 'remove_near' | 'keep';

export interface SplitOptions extends Comparing {
  /** Share of the records to hold out, 0 to 1; 0 means none. */
  readonly heldOutShare: number;
  readonly seed: number;
  readonly duplicates: Duplicates;
}

export interface DatasetSplit {
  /** Record indices, ascending. */
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
  /** Duplicates that are in neither part. */
  readonly removed: readonly Repeat[];
  /** True if only equal prompts, not nearly equal ones, could be kept on one side. */
  readonly byExactPrompt: boolean;
}

interface Parts {
  readonly train: number[];
  readonly heldOut: number[];
}

function ascending(indices: readonly number[]): number[] {
  return [...indices].sort((a, b) => a - b);
}

/** Draws groups for the held-out part, determined by seed and content. */
export function drawGroups(groups: readonly RecordGroup[], wanted: number, seed: number): Parts {
  const drawn = groups
    .map((group) => ({ group, draw: hashText(group.key, seed) }))
    .sort((a, b) => a.draw - b.draw || (a.group.key < b.group.key ? -1 : 1));
  const heldOut: number[] = [];
  const train: number[] = [];
  for (const { group } of drawn) {
    // A group is taken if it brings the count closer to the requested one.
    const nearer = heldOut.length + group.members.length / 2 <= wanted;
    (heldOut.length < wanted && nearer ? heldOut : train).push(...group.members);
  }
  return { train: ascending(train), heldOut: ascending(heldOut) };
}

function removeRepeats(comparison: RecordComparison, count: number, duplicates: Duplicates) {
  const exact = duplicates === 'keep' ? [] : comparison.exactRepeats();
  const gone = new Set(exact.map(({ index }) => index));
  const rest = Array.from({ length: count }, (_, index) => index).filter((index) => !gone.has(index));
  const near = duplicates === 'remove_near' ? comparison.nearRepeats(rest) : [];
  const nearly = new Set(near.map(({ index }) => index));
  return { kept: rest.filter((index) => !nearly.has(index)), removed: [...exact, ...near] };
}

/** Whether large groups kept the held-out part below half of its size, or used all records. */
function isLopsided({ train, heldOut }: Parts, wanted: number): boolean {
  return train.length === 0 || heldOut.length === 0 || heldOut.length * 2 < wanted;
}

/**
 * Splits records into a training and a held-out part. Duplicates are removed first; records that share a prompt, or
 * nearly share one, stay together, so that nothing held out is seen in training. If that leaves too few groups, only
 * records with equal prompts stay together. The result depends on seed and content, not on row order.
 * Throws `dataset.empty_split` if a part would be empty although a share was requested.
 */
export function splitDataset(records: readonly DataRecord[], options: SplitOptions): DatasetSplit {
  const { heldOutShare, seed, duplicates } = options;
  const comparison = new RecordComparison(records, options);
  const { kept, removed } = removeRepeats(comparison, records.length, duplicates);
  if (heldOutShare === 0) return { train: kept, heldOut: [], removed, byExactPrompt: false };
  const wanted = Math.round(kept.length * heldOutShare);
  const nearly = drawGroups(comparison.groups(kept, true), wanted, seed);
  if (!isLopsided(nearly, wanted)) return { ...nearly, removed, byExactPrompt: false };
  const groups = comparison.groups(kept, false);
  const exactly = drawGroups(groups, wanted, seed);
  if (exactly.heldOut.length === 0 || exactly.train.length === 0) throw emptySplit(records.length, groups.length);
  const isBetter = Math.abs(exactly.heldOut.length - wanted) < Math.abs(nearly.heldOut.length - wanted);
  const isNeeded = nearly.heldOut.length === 0 || nearly.train.length === 0;
  if (!isBetter && !isNeeded) return { ...nearly, removed, byExactPrompt: false };
  return { ...exactly, removed, byExactPrompt: true };
}

/** The error for a split with an empty part. `prompts`: the number of different prompts, if known. */
export function emptySplit(records: number, prompts?: number): KeelError {
  const withPrompts = prompts === undefined ? '' : ` with ${counted(prompts, 'different prompt')}`;
  const fix =
    prompts === 1
      ? 'Use data with more different prompts, or set data.held_out_fraction to 0 to train without an evaluation.'
      : 'Use data with more different prompts, change data.held_out_fraction, or set it to 0 to train without an evaluation.';
  return new KeelError({
    code: 'dataset.empty_split',
    why: `${counted(records, 'record')}${withPrompts} cannot be split into a training and a held-out part.`,
    fix,
  });
}
