import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { askRay, callRay, contentOf, type RayAddress, tokenRefusal } from './ray-api.ts';

/** Calls of Ray's Jobs API that a run needs. */

const jobSchema = z.object({
  status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
  message: z.string().nullable().default(null),
  /** Node of its process; null until it has one. */
  driver_node_id: z.string().nullable().default(null),
});
/** `LOST`: the cluster no longer knows the job, because its control store was started again. */
export interface JobState {
  readonly status: z.infer<typeof jobSchema>['status'] | 'LOST';
  readonly message: string | null;
  readonly node: string | null;
}

/** Resources that a job waits for and then holds. */
export interface Resources {
  readonly cpus: number;
  readonly gpus: number;
  readonly memoryBytes: number;
}

export interface Submission extends Resources {
  readonly id: string;
  readonly entrypoint: string;
  /** Uploaded package that becomes the job's working folder. */
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const jobPath = (id: string) => `/api/jobs/${encodeURIComponent(id)}`;

/** Path of an uploaded package. Ray accepts any content, and keeps it in the control store's memory. */
export const packagePath = (name: string): string => `/api/packages/gcs/_ray_pkg_${name}.zip`;

/** Ray's answer while the head node's agent, which takes jobs, is not there: for some time after a start. */
const NO_AGENT = 'No available agent to submit job';
const AGENT_MILLISECONDS = 120_000;
const AGAIN_MILLISECONDS = 2_000;

/**
 * Submits a job, and waits for a cluster that has just started.
 * @param signal ends the waiting
 */
export async function submitJob(address: RayAddress, submission: Submission, signal: AbortSignal): Promise<void> {
  const body = json({
    submission_id: submission.id,
    entrypoint: submission.entrypoint,
    // Without a resource, Ray starts the entrypoint on the head node.
    ...(submission.cpus > 0 && { entrypoint_num_cpus: submission.cpus }),
    ...(submission.gpus > 0 && { entrypoint_num_gpus: submission.gpus }),
    ...(submission.memoryBytes > 0 && { entrypoint_memory: submission.memoryBytes }),
    runtime_env: {
      working_dir: `gcs://_ray_pkg_${submission.workingFolder}.zip`,
      env_vars: submission.environment,
    },
    metadata: submission.metadata,
  });
  const until = performance.now() + AGENT_MILLISECONDS;
  for (;;) {
    const answer = await callRay(address, 'POST', '/api/jobs/', body);
    const mayPass = answer.status >= 500 && answer.body.includes(NO_AGENT) && performance.now() < until;
    if (!mayPass) return void contentOf(answer, address, 'POST /api/jobs/');
    await pause(AGAIN_MILLISECONDS, undefined, { signal });
  }
}

export async function readJob(address: RayAddress, id: string): Promise<JobState> {
  const { status, body } = await callRay(address, 'GET', jobPath(id));
  if (status === 404) return { status: 'LOST', message: null, node: null };
  const refusal = tokenRefusal(address, status);
  if (refusal) throw refusal;
  // Anything else is asked for once more, for the error that says what was refused.
  const answer = status === 200 ? body : await askRay(address, 'GET', jobPath(id));
  const { driver_node_id: node, ...state } = jobSchema.parse(JSON.parse(answer.toString('utf8')));
  return { ...state, node };
}

/** Asks Ray to end a job: SIGTERM to its processes, SIGKILL after the time that the job was given. */
export async function stopJob(address: RayAddress, id: string): Promise<void> {
  await callRay(address, 'POST', `${jobPath(id)}/stop`, json({}));
}

/** The whole log of a job so far. */
export async function readJobLog(address: RayAddress, id: string): Promise<string> {
  const body = await askRay(address, 'GET', `${jobPath(id)}/logs`);
  return z.object({ logs: z.string() }).parse(JSON.parse(body.toString('utf8'))).logs;
}

/** A file of a node's log folder, whole. */
export function readNodeFile(address: RayAddress, node: string, name: string): Promise<Buffer> {
  const query = new URLSearchParams({ node_id: node, filename: name, lines: '-1', timeout: '600' });
  return askRay(address, 'GET', `/api/v0/logs/file?${query}`);
}

/** Whether a job in this state has a process, or will have one. */
export function isUnderWay({ status }: JobState): boolean {
  return status === 'PENDING' || status === 'RUNNING';
}
