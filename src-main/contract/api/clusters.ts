import { oc } from '@orpc/contract';
import { z } from 'zod';
import { CLUSTER_NAME } from '../cluster-device.ts';
import { errors } from './api-errors.ts';

const name = z.string().regex(CLUSTER_NAME, 'must consist of lowercase letters, digits, and hyphens');
const count = z.number().nonnegative();
const MOST_WORKERS = 1024;

/** A cluster that runs can be handed to. */
export const clusterSchema = z.object({
  name,
  /** Address of its dashboard, usually the near end of a tunnel. */
  url: z.string(),
  /** The file that its token is read from at each use. */
  tokenFile: z.string(),
});
export type Cluster = z.infer<typeof clusterSchema>;

export const clusterNodeSchema = z.object({
  id: z.string(),
  address: z.string(),
  isHead: z.boolean(),
  cpus: count,
  gpus: count,
  /** Null if the cluster does not say. */
  freeCpus: count.nullable(),
  freeGpus: count.nullable(),
});

/** What a cluster answered just now. */
export const clusterCheckSchema = clusterSchema.extend({
  rayVersion: z.string(),
  /** Of one call, there and back. */
  latencyMilliseconds: z.number(),
  nodes: z.array(clusterNodeSchema),
});
export type ClusterCheck = z.infer<typeof clusterCheckSchema>;

export const onClusterSchema = z.object({
  cluster: name,
  cpus: z.int().positive().default(1),
  gpus: z.int().nonnegative().default(0),
  /** Workers that compute one model together, each with these resources; 0 if the engine computes it. */
  workers: z.int().nonnegative().max(MOST_WORKERS).default(0),
});
export type OnCluster = z.infer<typeof onClusterSchema>;
/** The same where nothing may be said of workers. */
export type PlaceOnCluster = Omit<OnCluster, 'workers'> & Partial<Pick<OnCluster, 'workers'>>;

/** Where a study's runs are computed: each holds these resources, and as many run at once. */
export const studyPlaceSchema = onClusterSchema
  .omit({ workers: true })
  .extend({ parallel: z.int().positive().max(256) });
export type StudyPlace = z.infer<typeof studyPlaceSchema>;

const procedure = oc.errors(errors);

export const clustersContract = {
  list: procedure.output(z.array(clusterSchema)),
  /** Adds a cluster that answers, and that nobody can use without its token; without one, Ray's own places are read. */
  add: procedure
    .input(z.object({ name: z.string(), url: z.string(), token: z.string().trim().min(1).nullable().default(null) }))
    .output(clusterCheckSchema),
  /** Removes a cluster from the list; its runs stay. */
  remove: procedure.input(z.object({ name })).output(z.array(clusterSchema)),
  /** Asks a cluster for its version, its nodes, and whether it wants the token. */
  check: procedure.input(z.object({ name })).output(clusterCheckSchema),
};
