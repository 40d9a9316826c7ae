import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { StartRequest } from '#contract/api/runs/runs.ts';
import { clusterDeviceText, readClusterDevice } from '#contract/cluster-device.ts';
import { KeelError } from '#contract/errors.ts';
import { configTexts } from './artifact-references.ts';

/** All runs of this machine share one device. */
export const THIS_DEVICE = 'default';

/**
 * The device that a request asks for.
 * @param config the resolved config. Throws `cluster_adapter` if a cluster should train an adapter: it would name its base
 * by a path of the node.
 */
export function deviceOf({ on }: StartRequest, config: Detail): string {
  if (!on) return THIS_DEVICE;
  const isAdapter = configTexts(config).some(({ path, text }) => path.endsWith('adapter.peft_type') && text === 'lora');
  if (!isAdapter) return clusterDeviceText({ cluster: on.cluster, cpus: on.cpus ?? 1, gpus: on.gpus ?? 0 });
  throw new KeelError({
    code: 'cluster_adapter',
    why: 'A run that trains an adapter cannot be handed to a cluster: an adapter names its base by a path.',
    fix: 'Run it on this machine: leave out --on.',
  });
}

/** The queue in which a run waits: its device's, or on a cluster, which has a queue itself, one of its own. */
export function lane({ device, id, parent }: Run): string {
  return readClusterDevice(device) ? (parent ?? id) : device;
}
