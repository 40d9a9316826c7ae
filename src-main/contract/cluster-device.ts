/** Devices of runs that a Ray cluster computes: `ray:NAME?cpus=1&gpus=0`, with `&workers=2` for one model over several. */
const DEVICE = /^ray:([a-z0-9][a-z0-9-]{0,39})\?cpus=(\d+)&gpus=(\d+)(?:&workers=(\d+))?$/;

/** Name of a cluster on the command line and in devices. */
export const CLUSTER_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

export interface ClusterDevice {
  readonly cluster: string;
  /** Resources that the run's job, or with workers each of them, waits for and then holds. */
  readonly cpus: number;
  readonly gpus: number;
  /** Workers that compute one model together; 0 if the engine computes it. */
  readonly workers: number;
}

export function clusterDeviceText({ cluster, cpus, gpus, workers }: ClusterDevice): string {
  return `ray:${cluster}?cpus=${cpus}&gpus=${gpus}${workers > 0 ? `&workers=${workers}` : ''}`;
}

/** The cluster that computes a run, or null for a run of this machine. */
export function readClusterDevice(device: string): ClusterDevice | null {
  const [, cluster, cpus, gpus, workers = 0] = DEVICE.exec(device) ?? [];
  if (cluster === undefined) return null;
  return { cluster, cpus: Number(cpus), gpus: Number(gpus), workers: Number(workers) };
}
