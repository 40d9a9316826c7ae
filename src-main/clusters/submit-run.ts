import { writeBitExact } from './frames.ts';
import type { HandedRun } from './handed-run.ts';
import { submitJob } from './jobs-api.ts';
import type { Outbox } from './outbox.ts';
import type { RayAddress } from './ray-api.ts';
import { appContent, type Content, ensureDriver, partsOf } from './send-files.ts';

/** Seconds that Ray gives a job between SIGTERM and SIGKILL: enough for the checkpoint of a large model. */
const STOP_SECONDS = 120;

/**
 * Submits the job of a run. Its driver waits for commands; the first one starts an engine.
 * @param offer called with content that the node may want
 */
export async function submitRun(
  address: RayAddress,
  submission: string,
  { id, cpus, gpus, environment }: HandedRun,
  outbox: Outbox,
  offer: (content: Content) => void,
): Promise<void> {
  const app = appContent();
  offer(app);
  const workingFolder = await ensureDriver(address);
  outbox.post(writeBitExact({ kind: 'launch', app: app.sha256, parts: partsOf(app), environment }));
  await submitJob(address, {
    id: submission,
    entrypoint: 'exec python keel_driver.py',
    workingFolder,
    cpus,
    gpus,
    environment: { KEEL_SUBMISSION: submission, RAY_JOB_STOP_WAIT_TIME_S: String(STOP_SECONDS) },
    metadata: { keel_run: id },
  });
}
