import { writeBitExact } from './frames.ts';
import type { HandedRun } from './handed-run.ts';
import { type Resources, submitJob } from './jobs-api.ts';
import type { Outbox } from './outbox.ts';
import type { RayAddress } from './ray-api.ts';
import { appContent, type Content, ensureDriver, partsOf } from './send-files.ts';

/** Seconds that Ray gives a job between SIGTERM and SIGKILL: enough for the checkpoint of a large model. */
const STOP_SECONDS = 120;

/** Lost workers that are replaced within one job; one more loss interrupts the run. */
const RESTARTS = 3;
/** The folder in which an engine meets its workers, relative to the folder in which it works. */
const MEETING = '../workers';

/** What a run's engine is told of its workers; null if it computes itself. */
export function workersOf({ workers }: Pick<HandedRun, 'workers'>) {
  return workers === 0 ? null : { count: workers, folder: MEETING, restarts: RESTARTS };
}

/** Memory of an engine whose workers compute: it holds no processor, so that runs that wait do not keep workers out. */
const ENGINE_BYTES = 2 ** 30;

function resourcesOf({ cpus, gpus, workers }: HandedRun): Resources {
  return workers > 0 ? { cpus: 0, gpus: 0, memoryBytes: ENGINE_BYTES } : { cpus, gpus, memoryBytes: 0 };
}

interface SubmitOptions {
  readonly outbox: Outbox;
  /** Called with content that the node may want. */
  readonly offer: (content: Content) => void;
  /** Ends the waiting for a cluster that has just started. */
  readonly signal: AbortSignal;
}

/** Submits the job of a run. Its driver waits for commands; the first one starts an engine. */
export async function submitRun(
  address: RayAddress,
  submission: string,
  run: HandedRun,
  { outbox, offer, signal }: SubmitOptions,
): Promise<void> {
  const { id, cpus, gpus, environment, workers: count } = run;
  const app = appContent(count > 0);
  offer(app);
  const workingFolder = await ensureDriver(address);
  const workers = count > 0 ? { count, cpus, gpus, restarts: RESTARTS } : null;
  outbox.post(writeBitExact({ kind: 'launch', app: app.sha256, parts: partsOf(app), environment, workers }));
  const job = {
    id: submission,
    entrypoint: 'exec python keel_driver.py',
    workingFolder,
    ...resourcesOf(run),
    environment: { KEEL_SUBMISSION: submission, RAY_JOB_STOP_WAIT_TIME_S: String(STOP_SECONDS) },
    metadata: { keel_run: id },
  };
  await submitJob(address, job, signal);
}
