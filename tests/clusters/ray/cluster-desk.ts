import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Change } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import type { EngineEvent } from '#engine/protocol.ts';
import { type Connection, openHost } from '../../../src-main/attach/open-host.ts';
import { checkCluster } from '../../../src-main/clusters/check-cluster.ts';
import { draftCluster, saveCluster } from '../../../src-main/clusters/registry.ts';
import { STARTER_FOLDER } from '../../../src-main/runs/host/demo.ts';
import { metricRows, runEngine } from '../../support/engine-run.ts';
import { type RayCluster, startRay } from './ray-cluster.ts';

/** APA on the starter model, short enough for a test: an iteration takes well below a second. */
export function starterApa(iterations: number, everySteps: number) {
  return {
    recipe: 'apa',
    name: 'starter',
    seed: 7,
    model: 'policy',
    data: { files: ['prompts-train.jsonl.gz'], held_out_files: ['prompts-held-out.jsonl.gz'], duplicates: 'keep' },
    reward: { type: 'rules', rules: [{ type: 'length', max: 9, unit: 'words', weight: 1 }] },
    generation: { max_new_tokens: 12 },
    rollouts: { num_rollouts: 8, chunk_size: 8 },
    updates: { total_iterations: iterations, minibatch_size: 8, num_ppo_epochs: 1 },
    engine: { threads: 1 },
    evaluation: { interval_iterations: 4, num_prompts: 8, num_samples: 8 },
    checkpoints: { interval_steps: everySteps, interval_seconds: 3600 },
  };
}

/** A data folder on this machine that knows a cluster as `lab`. */
export interface Desk {
  readonly home: string;
  readonly client: ApiClient;
  /** Hands over a run of the starter. */
  hand(config: object, cpus?: number, workers?: number): Promise<Run>;
  /** Values by "key@step", without times and memory. */
  values(run: string): Promise<ReadonlyMap<string, number>>;
  /** Waits for a state of a run that satisfies a condition; gives up if the run ends before. */
  until(run: string, isThere: (run: Run) => boolean): Promise<Run>;
  close(): Promise<void>;
}

const ENDED = new Set(['finished', 'stopped', 'failed', 'interrupted']);

export function newHome(): string {
  return mkdtempSync('/tmp/kd-');
}

/** Adds a cluster as `keel cluster add` does. */
export async function addLab(
  home: string,
  ray: Pick<RayCluster, 'tokenFile'>,
  url: string,
  force = false,
): Promise<void> {
  const source = { file: ray.tokenFile, environment: {} };
  const draft = draftCluster(home, { name: 'lab', url, force }, source);
  await checkCluster(draft.cluster, draft.address);
  saveCluster(home, draft);
}

/** What a run's libraries and its job have printed last. */
function endOfLog(folder: string): string {
  const path = join(folder, 'log.txt');
  return existsSync(path) ? readFileSync(path, 'utf8').slice(-3000) : '';
}

export async function openDesk(home: string): Promise<Desk> {
  const connection: Connection = await openHost({ home });
  const { client } = connection;
  return {
    home,
    client,
    hand: (config, cpus = 1, workers = 0) =>
      client.runs.start({
        config: stringify(config),
        baseFolder: STARTER_FOLDER,
        on: { cluster: 'lab', cpus, gpus: 0, workers },
      }),
    async values(run) {
      const rows = await client.runs.metrics({ run });
      const events = rows.map(({ step, key, value }) => ({ kind: 'metrics' as const, step, points: [{ key, value }] }));
      return metricRows(events);
    },
    async until(run, isThere) {
      for await (const batch of await client.runs.watch({ run })) {
        if (isThere(batch.run)) return batch.run;
        if (ENDED.has(batch.run.state)) {
          throw new Error(
            `The run is ${batch.run.state}: ${JSON.stringify(batch.run.error)}\n${endOfLog(join(home, 'runs', run))}`,
          );
        }
      }
      throw new Error('The watch ended.');
    },
    close: () => connection.close({ now: true }),
  };
}

export const isOver = (run: Run): boolean => ENDED.has(run.state);

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
}

/** A config whose paths lead to the starter from anywhere. */
export function fromAnywhere(config: ReturnType<typeof starterApa>) {
  const inStarter = (name: string) => join(STARTER_FOLDER, name);
  const { data } = config;
  return {
    ...config,
    model: inStarter('policy'),
    data: { ...data, files: data.files.map(inStarter), held_out_files: data.held_out_files.map(inStarter) },
  };
}

/** What an engine of this machine tells of the same run, with the changes that were made by hand. */
export async function eventsHere(
  config: ReturnType<typeof starterApa>,
  changes: readonly Change[] = [],
): Promise<readonly EngineEvent[]> {
  const runFolder = mkdtempSync('/tmp/kh-');
  const env = { TF_ENABLE_ONEDNN_OPTS: process.env.TF_ENABLE_ONEDNN_OPTS ?? '1' };
  const { events } = await runEngine({ config: fromAnywhere(config), runFolder, resumeFrom: null, changes, env });
  if (events.at(-1)?.kind !== 'summary') throw new Error(`The local run failed: ${JSON.stringify(events.at(-1))}`);
  rmSync(runFolder, { recursive: true });
  return events;
}

/** Its values. */
export async function runHere(...run: Parameters<typeof eventsHere>): Promise<ReadonlyMap<string, number>> {
  return metricRows(await eventsHere(...run));
}

/** A real Ray, and a desk that knows it as `lab`. */
export interface Lab {
  readonly ray: RayCluster;
  readonly desk: Desk;
  /** Ends both and removes the desk's data folder. */
  close(): Promise<void>;
}

/**
 * Starts them.
 * @param cpus processors of the head node
 * @param prepare changes the cluster before the desk knows it
 * @param python folder of the Python environment of its nodes, if not the usual one
 */
export async function openLab(
  cpus: number,
  prepare?: (ray: RayCluster) => Promise<void>,
  python?: string,
): Promise<Lab> {
  const ray = await startRay(cpus, python === undefined ? {} : { python });
  await prepare?.(ray);
  const home = newHome();
  await addLab(home, ray, ray.url);
  const desk = await openDesk(home);
  return {
    ray,
    desk,
    async close() {
      await desk.close();
      ray.stop();
      removeHome(home);
    },
  };
}
