/** Devices of runs that a Ray cluster computes: `ray:NAME?cpus=1&gpus=0`. */
const DEVICE = /^ray:([a-z0-9][a-z0-9-]{0,39})\?cpus=(\d+)&gpus=(\d+)$/;

/** Name of a cluster on the command line and in devices. */
export const CLUSTER_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

export interface ClusterDevice {
  readonly cluster: string;
  /** Resources that the run's job waits for and then holds. */
  readonly cpus: number;
  readonly gpus: number;
}

export function clusterDeviceText({ cluster, cpus, gpus }: ClusterDevice): string {
  return `ray:${cluster}?cpus=${cpus}&gpus=${gpus}`;
}

/** The cluster that computes a run, or null for a run of this machine. */
export function readClusterDevice(device: string): ClusterDevice | null {
  const [, cluster, cpus, gpus] = DEVICE.exec(device) ?? [];
  return cluster === undefined ? null : { cluster, cpus: Number(cpus), gpus: Number(gpus) };
}
