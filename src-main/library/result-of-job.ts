import { canceled } from '#contract/errors.ts';
import type { JobRequest } from '#engine/protocol.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { runShortJob } from '../runs/host/run-jobs.ts';
import type { WorkStep } from './work-channel.ts';

/** Runs a short job and returns its result, reporting progress. Throws the engine's typed error, or `canceled`. */
export async function resultOfJob(
  setup: HostSetup,
  job: JobRequest,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<unknown> {
  for await (const message of runShortJob(setup, { job, folder: setup.home }, signal)) {
    if (message.kind === 'progress') report(message.progress);
    if (message.kind === 'result') return message.result;
  }
  throw canceled('The job was stopped.');
}
