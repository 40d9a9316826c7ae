import type { StoredCheckpoint } from '#contract/api/runs/run-state.ts';
import { removeBelow } from '../../disk/remove-below.ts';

export interface RetentionPolicy {
  /** Keeps every n-th checkpoint beside the best and the last; 0 keeps none of them. */
  readonly keepEvery: number;
  readonly keepBest: boolean;
  /** Bytes that all checkpoints of a run may take. */
  readonly budgetBytes: number;
}

export interface Removal {
  readonly checkpoint: StoredCheckpoint;
  readonly because: string;
}

const total = (checkpoints: readonly StoredCheckpoint[]) => checkpoints.reduce((sum, one) => sum + one.bytes, 0);

/**
 * Decides which checkpoints go. Best, last and every n-th stay, the one before the last too (it is what is left when
 * the last proves damaged); so does, while the doctor suspects something, the newest one from before it began, with the
 * one that was best then. When these exceed the budget, the oldest of the every-n-th go first.
 * @param history every checkpoint that the run has written, oldest first, the removed ones included.
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

/** While something is suspected: what going back would need. */
function healthyAndItsBest(onDisk: readonly StoredCheckpoint[]): readonly StoredCheckpoint[] {
  const since = onDisk.at(-1)?.suspectedSince ?? null;
  if (since === null) return [];
  const healthy = onDisk.findLast((one) => one.step < since);
  return healthy ? onDisk.filter((one) => one === healthy || one.step === healthy.bestStep) : [];
}

/** Removes a checkpoint's folder; gone already is as good. Throws `removal_refused` for one outside the run's folder. */
export function removeCheckpoint(runFolder: string, checkpoint: StoredCheckpoint): void {
  removeBelow(runFolder, checkpoint.folder);
}
