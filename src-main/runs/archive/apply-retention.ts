import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { triedRemoval } from '../../disk/remove-below.ts';
import { listCheckpoints, markRemoved } from '../../store/queries/checkpoints.ts';
import { listArtifacts } from '../../store/queries/lineage.ts';
import { readConfig } from '../../store/queries/runs.ts';
import type { HostSetup } from '../host/host-setup.ts';
import type { Recorder } from '../host/recorder.ts';
import { planRemovals, type RetentionPolicy, removeCheckpoint } from './retention.ts';

const GIGABYTE = 1e9;

/** The part of a resolved config that determines which checkpoints are kept. */
export function retentionPolicy(config: Detail): RetentionPolicy {
  const { keep_every: every, keep_best: best, disk_budget_gb: budget } = (config.checkpoints ?? {}) as Detail;
  return {
    keepEvery: typeof every === 'number' ? every : 0,
    keepBest: best !== false,
    budgetBytes: typeof budget === 'number' ? budget * GIGABYTE : Number.POSITIVE_INFINITY,
  };
}

/**
 * Removes the checkpoints that a run no longer keeps; each removal is recorded as an event.
 * @param damaged steps of unusable checkpoints: they are kept and do not count as one of the kept checkpoints.
 */
export function applyRetention(
  { store }: HostSetup,
  run: Run,
  recorder: Recorder,
  damaged: ReadonlySet<number> = new Set(),
): void {
  const policy = retentionPolicy(readConfig(store.read, run.number).resolved);
  const held = listArtifacts(store.read, run.number).map((artifact) => artifact.folder);
  const usable = listCheckpoints(store.read, run.number).filter(({ step }) => !damaged.has(step));
  const removals = planRemovals(usable, policy);
  for (const { checkpoint, because } of removals) {
    if (held.some((folder) => folder.startsWith(checkpoint.folder))) continue;
    const [refusal] = triedRemoval(() => removeCheckpoint(run.folder, checkpoint));
    if (refusal !== undefined) {
      recorder.note('checkpoint_kept', 'warning', { why: refusal }, checkpoint.step);
      continue;
    }
    recorder.write((db, number) => markRemoved(db, number, checkpoint.step, because));
    const { folder, bytes, step } = checkpoint;
    recorder.note('checkpoint_removed', 'info', { folder, bytes, because }, step);
  }
  recorder.flush();
}
