import type { Command } from 'commander';
import type { OnCluster } from '#contract/api/clusters.ts';
import { KeelError } from '#contract/errors.ts';
import { wholeNumber } from '../parse-number.ts';

export interface PlaceFlags {
  readonly on?: string;
  readonly cpus?: number;
  readonly gpus?: number;
  readonly workers?: number;
}

/** Options that say where runs are computed. */
export function addPlaceOptions(command: Command, what: string): Command {
  return command
    .option('--on <cluster>', `hand ${what} to a Ray cluster (keel cluster list), which then sees the data`)
    .option('--cpus <n>', 'processors of the cluster that a run holds; 1 by default', wholeNumber(1))
    .option('--gpus <n>', 'GPUs of the cluster that a run holds; none by default', wholeNumber(0));
}

/** The option for one model over several workers. */
export function addWorkersOption(command: Command): Command {
  const what = 'compute one model on n workers of the cluster, each of which holds --cpus and --gpus';
  return command.option('--workers <n>', what, wholeNumber(1));
}

/** The cluster of a run; null for this machine. Throws `cluster_not_named` for what only a cluster has. */
export function placeOf({ on, cpus, gpus, workers }: PlaceFlags): OnCluster | null {
  if (on !== undefined) return { cluster: on, cpus: cpus ?? 1, gpus: gpus ?? 0, workers: workers ?? 0 };
  if (cpus === undefined && gpus === undefined && workers === undefined) return null;
  throw new KeelError({
    code: 'cluster_not_named',
    why: '--cpus, --gpus, and --workers say what a run holds on a cluster, and there is no --on.',
    fix: 'Add --on CLUSTER. On this machine, set engine.threads instead.',
  });
}
