import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { PreflightMessage } from '#contract/api/runs/preflight.ts';
import { type Measurement, measurementSchema } from '#contract/api/runs/preflight-measurement.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { KeelError } from '#contract/errors.ts';
import type { JobOf } from '#engine/protocol.ts';
import { engineRequest } from '../engine/engine-request.ts';
import type { HostSetup } from '../host/host-setup.ts';
import { runShortJob } from '../host/run-jobs.ts';

export type TrialSize = JobOf<'preflight'>['size'];

/** Data shared by the trials of one stage. */
export interface TrialSetting {
  readonly setup: HostSetup;
  readonly config: Detail;
  readonly baseFolder: string;
  readonly locations: Readonly<Record<string, string>>;
  readonly scratch: string;
  readonly standIn: string | null;
  /** The device of a cluster that measures it, as a run has it; null for this machine. */
  readonly device: string | null;
  readonly signal: AbortSignal | undefined;
  /** Creates a progress message of the complete measurement from a phase of the engine. */
  readonly progress: (phase: string) => PreflightMessage;
}

export interface TrialRequest {
  readonly size: TrialSize;
  readonly isWhole: boolean;
  readonly most: JobOf<'preflight'>['most'];
  readonly writesCheckpoint: boolean;
}

export type Trial = AsyncGenerator<PreflightMessage, Measurement>;

/** What stands for a run's id where a cluster measures. */
const TRIAL = 'preflight';

/** The folder of this machine that a trial's files come back to. */
function makeReturnFolder({ standIn, scratch }: TrialSetting): string {
  if (standIn === null) return mkdtempSync(join(scratch, 'trial-'));
  mkdirSync(standIn, { recursive: true });
  return standIn;
}

/** Measures a config at one size in a separate engine process, so that no memory of earlier trials is counted. */
export async function* runTrial(setting: TrialSetting, request: TrialRequest): Trial {
  const { setup, config, baseFolder: folder, scratch, standIn, device, locations, signal } = setting;
  const job = { kind: 'preflight' as const, ...request, config, scratch, standIn, locations: { ...locations } };
  const engine = engineRequest(config, folder, locations);
  const place = device === null ? {} : { place: { id: TRIAL, device, folder: makeReturnFolder(setting) } };
  for await (const message of runShortJob(setup, { job, folder, engine, ...place }, signal)) {
    if (message.kind === 'progress') yield setting.progress(message.progress.phase);
    if (message.kind === 'log') yield message;
    if (message.kind === 'result') return measurementSchema.parse(message.result);
  }
  throw new KeelError({ code: 'canceled', why: 'The measurement was stopped.', fix: '', kind: 'canceled' });
}

const TOO_LARGE = new Set(['engine_out_of_memory', 'engine_killed', 'engine_crashed']);

/** The same, but returns null if the process runs out of memory or crashes. */
export async function* tryTrial(
  setting: TrialSetting,
  request: TrialRequest,
): AsyncGenerator<PreflightMessage, Measurement | null> {
  try {
    return yield* runTrial(setting, request);
  } catch (error) {
    const isTooLarge = error instanceof KeelError && TOO_LARGE.has(error.code);
    if (!isTooLarge || setting.signal?.aborted) throw error;
    return null;
  }
}
