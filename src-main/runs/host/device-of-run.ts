import type { Run } from '#contract/api/runs/run-state.ts';
import type { StartRequest } from '#contract/api/runs/runs.ts';
import { clusterDeviceText, readClusterDevice } from '#contract/cluster-device.ts';

/** All runs of this machine share one device. */
export const THIS_DEVICE = 'default';

/** The device that a request asks for. */
export function deviceOf({ on }: Pick<StartRequest, 'on'>): string {
  return on ? clusterDeviceText({ cluster: on.cluster, cpus: on.cpus ?? 1, gpus: on.gpus ?? 0 }) : THIS_DEVICE;
}

/** The queue in which a run waits: its device's, or on a cluster, which has a queue itself, one of its own. */
export function lane({ device, id, parent }: Run): string {
  return readClusterDevice(device) ? (parent ?? id) : device;
}
