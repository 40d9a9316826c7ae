import type { Run } from '#contract/api/runs/run-state.ts';
import type { StartRequest } from '#contract/api/runs/runs.ts';
import { clusterDeviceText, readClusterDevice } from '#contract/cluster-device.ts';

/** All runs of this machine share one device. */
export const THIS_DEVICE = 'default';

/** The device that a request asks for. */
export function deviceOf({ on }: Pick<StartRequest, 'on'>): string {
  if (!on) return THIS_DEVICE;
  const { cluster, cpus = 1, gpus = 0, workers = 0 } = on;
  return clusterDeviceText({ cluster, cpus, gpus, workers });
}

/** The queue in which a run waits: its device's, or on a cluster, which has a queue itself, one of its own. */
export function lane({ device, id, parent }: Run): string {
  return readClusterDevice(device) ? (parent ?? id) : device;
}
