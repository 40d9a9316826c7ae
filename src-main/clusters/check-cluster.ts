import { z } from 'zod';
import type { Cluster, ClusterCheck, PlaceOnCluster } from '#contract/api/clusters.ts';
import { KeelError } from '#contract/errors.ts';
import { askRay, callRay, type RayAddress } from './ray-api.ts';
import { addressOf, findCluster } from './registry.ts';

const versionSchema = z.object({ ray_version: z.string() });
const resources = z.record(z.string(), z.number());
const nodesSchema = z.object({
  data: z.object({
    result: z.object({
      result: z.array(
        z.object({
          node_id: z.string(),
          node_ip: z.string(),
          is_head_node: z.boolean(),
          state: z.string(),
          resources_total: resources,
        }),
      ),
    }),
  }),
});
/** For each node, by resource: what is used, and what there is. */
const usageSchema = z.object({
  data: z.object({
    clusterStatus: z.object({
      loadMetricsReport: z.object({
        usageByNode: z.record(z.string(), z.record(z.string(), z.tuple([z.number(), z.number()]))),
      }),
    }),
  }),
});

const read = (body: Buffer): unknown => JSON.parse(body.toString('utf8'));

/** Refuses a cluster on which anyone who reaches it can run programs. Throws `cluster_open`. */
async function requireToken(address: RayAddress): Promise<void> {
  const { status } = await callRay({ ...address, token: null }, 'GET', '/api/version');
  if (status !== 200) return;
  throw new KeelError({
    code: 'cluster_open',
    why: `The cluster ${address.name} answers without a token: anyone who reaches ${address.url} can run programs on it.`,
    fix:
      'On every node: `ray stop`, then `export RAY_AUTH_MODE=token`, put the same token in ~/.ray/auth_token ' +
      '(`ray get-auth-token --generate` makes one), and start Ray again as before.',
  });
}

async function usageOf(address: RayAddress) {
  const body = await askRay(address, 'GET', '/api/cluster_status');
  return usageSchema.safeParse(read(body)).data?.data.clusterStatus.loadMetricsReport.usageByNode ?? {};
}

/**
 * Asks a cluster what it is. Throws `cluster_open` if it needs no token, `cluster_token_refused`, `cluster_unreachable`.
 */
export async function checkCluster(cluster: Cluster, address: RayAddress): Promise<ClusterCheck> {
  await requireToken(address);
  const start = performance.now();
  const { ray_version: rayVersion } = versionSchema.parse(read(await askRay(address, 'GET', '/api/version')));
  const latencyMilliseconds = performance.now() - start;
  const { data } = nodesSchema.parse(read(await askRay(address, 'GET', '/api/v0/nodes?detail=1')));
  const usage = await usageOf(address);
  const nodes = data.result.result
    .filter(({ state }) => state === 'ALIVE')
    .map((node) => {
      const free = (resource: string) => {
        const [used, all] = usage[node.node_id]?.[resource] ?? [];
        return used === undefined || all === undefined ? null : all - used;
      };
      return {
        id: node.node_id,
        address: node.node_ip,
        isHead: node.is_head_node,
        cpus: node.resources_total.CPU ?? 0,
        gpus: node.resources_total.GPU ?? 0,
        freeCpus: free('CPU'),
        freeGpus: node.resources_total.GPU === undefined ? 0 : free('GPU'),
      };
    });
  return { ...cluster, rayVersion, latencyMilliseconds, nodes };
}

/** How many runs with these resources a cluster can hold at once. */
function capacity(nodes: ClusterCheck['nodes'], { cpus, gpus }: Pick<PlaceOnCluster, 'cpus' | 'gpus'>): number {
  const onNode = (node: ClusterCheck['nodes'][number]) =>
    Math.floor(Math.min(node.cpus / cpus, gpus > 0 ? node.gpus / gpus : Number.POSITIVE_INFINITY));
  return nodes.reduce((sum, node) => sum + onNode(node), 0);
}

function tooSmall({ cluster, cpus, gpus, workers = 0 }: PlaceOnCluster, nodes: ClusterCheck['nodes'], most: number) {
  const each = `${cpus} CPUs and ${gpus} GPUs`;
  const sizes = nodes.map((node) => `${node.address} has ${node.cpus} CPUs and ${node.gpus} GPUs`).join('; ');
  const why =
    most === 0
      ? `No node of the cluster ${cluster} has ${each}`
      : `The cluster ${cluster} can hold ${most} workers of ${each}, not ${workers}`;
  return new KeelError({
    code: 'cluster_too_small',
    why: `${why}: ${sizes || 'it has no nodes'}.`,
    fix: `Ask for less with --cpus and --gpus${workers > 1 ? ', for fewer --workers,' : ','} or add a node.`,
  });
}

/**
 * Refuses a run that its cluster could never start, before it is made: a job waits without limit for resources that no
 * node has. Throws `cluster_too_small`, `workers_gpus`, and what {@link checkCluster} throws; nothing for a run of this
 * machine.
 * @returns how many such runs, or workers, the cluster can hold at once; 1 on this machine
 */
export async function requireCluster(home: string, on: PlaceOnCluster | null): Promise<number> {
  if (on === null) return 1;
  const { cluster: name, gpus, workers = 0 } = on;
  if (workers > 0 && gpus > 1) {
    throw new KeelError({
      code: 'workers_gpus',
      why: `A worker computes on one GPU, and each was to hold ${gpus}.`,
      fix: `Ask for more workers instead: --workers ${workers * gpus} --gpus 1.`,
    });
  }
  const { nodes } = await checkCluster(findCluster(home, name), addressOf(home, name));
  const most = capacity(nodes, on);
  if (most < Math.max(1, workers)) throw tooSmall(on, nodes, most);
  return most;
}
