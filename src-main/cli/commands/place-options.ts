import type { Command } from 'commander';
import type { OnCluster } from '#contract/api/clusters.ts';
import { KeelError } from '#contract/errors.ts';
import { wholeNumber } from '../parse-number.ts';

export interface PlaceFlags {
  readonly on?: string;
  readonly cpus?: number;
  readonly gpus?: number;
}

/** Options that say where runs are computed. */
export function addPlaceOptions(command: Command, what: string): Command {
  return command
    .option('--on <cluster>', `hand ${what} to a Ray cluster (keel cluster list), which then sees the data`)
    .option('--cpus <n>', 'processors of the cluster that a run holds; 1 by default', wholeNumber(1))
    .option('--gpus <n>', 'GPUs of the cluster that a run holds; none by default', wholeNumber(0));
}

/** The cluster of a run; null for this machine. Throws `cluster_not_named` for resources without one. */
export function placeOf({ on, cpus, gpus }: PlaceFlags): OnCluster | null {
  if (on !== undefined) return { cluster: on, cpus: cpus ?? 1, gpus: gpus ?? 0 };
  if (cpus === undefined && gpus === undefined) return null;
  throw new KeelError({
    code: 'cluster_not_named',
    why: '--cpus and --gpus say what a run holds on a cluster, and there is no --on.',
    fix: 'Add --on CLUSTER. On this machine, set engine.threads instead.',
  });
}
