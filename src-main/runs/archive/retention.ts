import type { StoredCheckpoint } from '#contract/api/runs/run-state.ts';
import { removeBelow } from '../../disk/remove-below.ts';

export interface RetentionPolicy {
  /** Keeps every n-th checkpoint in addition to the best and the last; 0 keeps none of these. */
  readonly keepEvery: number;
  readonly keepBest: boolean;
  /** Maximum bytes for all checkpoints of a run. */
  readonly budgetBytes: number;
}

export interface Removal {
  readonly checkpoint: StoredCheckpoint;
  readonly because: string;
}

const total = (checkpoints: readonly StoredCheckpoint[]) => checkpoints.reduce((sum, one) => sum + one.bytes, 0);

/**
 * Decides which checkpoints to remove. The best, the last, every n-th, and the one before the last are kept (the latter
 * in case the last one is damaged). While the doctor suspects a problem, the newest checkpoint from before it began and
 * the one that was best at that time are kept too. If these exceed the budget, the oldest of the every-n-th are removed
 * first.
 * @param history every checkpoint that the run has written, oldest first, including removed ones.
 */
export function planRemovals(history: readonly StoredCheckpoint[], policy: RetentionPolicy): readonly Removal[] {
  const { keepEvery, keepBest, budgetBytes } = policy;
  const onDisk = history.filter((one) => one.removedBecause === null);
  const newest = new Set(onDisk.slice(-2));
  const healthy = new Set(healthyAndItsBest(onDisk));
  const isHeld = (one: StoredCheckpoint) => (keepBest && one.isBest) || newest.has(one) || healthy.has(one);
  const nth = new Set(history.filter((_, index) => keepEvery > 0 && (index + 1) % keepEvery === 0));
  const superseded = onDisk.filter((one) => !isHeld(one) && !nth.has(one));
  const removals: Removal[] = superseded.map((checkpoint) => ({ checkpoint, because: 'superseded' }));
  let kept = onDisk.filter((one) => !superseded.includes(one));
  for (const checkpoint of kept.filter((one) => !isHeld(one))) {
    if (total(kept) <= budgetBytes) break;
    removals.push({ checkpoint, because: 'disk budget' });
    kept = kept.filter((one) => one !== checkpoint);
  }
  return removals;
}

/** The checkpoints that a rollback would need while a problem is suspected. */
function healthyAndItsBest(onDisk: readonly StoredCheckpoint[]): readonly StoredCheckpoint[] {
  const since = onDisk.at(-1)?.suspectedSince ?? null;
  if (since === null) return [];
  const healthy = onDisk.findLast((one) => one.step < since);
  return healthy ? onDisk.filter((one) => one === healthy || one.step === healthy.bestStep) : [];
}

/** Removes a checkpoint's folder if it exists. Throws `removal_refused` for a folder outside the run's folder. */
export function removeCheckpoint(runFolder: string, checkpoint: StoredCheckpoint): void {
  removeBelow(runFolder, checkpoint.folder);
}
