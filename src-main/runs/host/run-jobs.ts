import type { JobMessage } from '#contract/api/jobs.ts';
import { KeelError } from '#contract/errors.ts';
import type { EngineEvent, EngineProcess, JobRequest } from '#engine/protocol.ts';
import { driveEngine } from '../engine/drive-engine.ts';
import type { ComputedRun } from '../engine/engine-process.ts';
import { asJobError, type Outcome } from '../engine/explain-exit.ts';
import { createRateMeter } from '../views/rate-meter.ts';
import type { EngineRequest, HostSetup } from './host-setup.ts';
import type { Seat } from './warm-engines.ts';

const GAP_MILLISECONDS = 100;

function toMessage(event: EngineEvent): JobMessage | null {
  switch (event.kind) {
    case 'progress':
      return { kind: 'progress', progress: event.progress };
    case 'rows':
      return { kind: 'rows', rows: event.rows };
    case 'log':
      return { kind: 'log', level: event.level, text: event.text };
    default:
      return null;
  }
}

/** Keeps all rows but only the newest progress: a slow reader has at most one progress message waiting. */
function coalesce(messages: readonly JobMessage[]): readonly JobMessage[] {
  const progress = messages.filter((message) => message.kind === 'progress').at(-1);
  const rows = messages.flatMap((message) => (message.kind === 'rows' ? message.rows : []));
  const logs = messages.filter((message) => message.kind === 'log');
  return [...logs, ...(progress ? [progress] : []), ...(rows.length > 0 ? [{ kind: 'rows' as const, rows }] : [])];
}

function lastMessage(outcome: Outcome): JobMessage {
  if (outcome.kind === 'result') return { kind: 'result', result: outcome.result };
  if (outcome.kind === 'failed' || outcome.kind === 'gone') throw KeelError.from(asJobError(outcome.error));
  throw new KeelError({ code: 'canceled', why: 'The job was stopped.', fix: '', kind: 'canceled' });
}

/** A short job and the engine for it. */
export interface ShortJob {
  readonly job: JobRequest;
  readonly folder: string;
  readonly engine?: EngineRequest;
  readonly computes?: boolean;
  /** Where a cluster should do it; absent for this machine. */
  readonly place?: ComputedRun;
  /** Seats the job in an engine that stays; without it, or if it returns null, the job has a process of its own. */
  readonly seat?: (spawn: () => EngineProcess) => Promise<Seat> | null;
}

/**
 * Runs a short job in a separate engine process. Ends with a `result` message; throws the engine's typed error, or
 * `canceled` if the signal aborts.
 * @param request `computes: false` for a job without tensors, for which TensorFlow is not loaded.
 */
export async function* runShortJob(
  setup: HostSetup,
  request: ShortJob,
  signal?: AbortSignal,
): AsyncGenerator<JobMessage> {
  let printed = '';
  let { silence } = setup;
  const spawn = () => {
    const spawned = setup.spawnEngine({
      entry: setup.engineEntry,
      cwd: request.folder,
      env: {
        ...setup.engineEnvironment(null, request.engine ?? {}),
        ...(request.computes === false && { KEEL_ENGINE_BINDING: '' }),
      },
      tag: `keel-job=${request.job.kind}`,
      onOutput: (text) => {
        printed = (printed + text).slice(-4000);
      },
      ...(request.place && { run: request.place }),
    });
    silence = spawned.silence ?? silence;
    return spawned.engine;
  };
  const seat = (await request.seat?.(spawn)) ?? { engine: spawn(), leave: () => undefined };
  const meter = createRateMeter(setup.clock);
  const waiting: JobMessage[] = [];
  let wake = () => {};
  const drive = driveEngine(
    seat.engine,
    request.job,
    (event) => {
      const message = toMessage(event);
      if (message)
        waiting.push(message.kind === 'progress' ? { ...message, progress: meter(message.progress) } : message);
      wake();
    },
    silence,
  );
  const stop = () => drive.kill();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    for (let outcome: Outcome | null = null; outcome === null; ) {
      const news = new Promise<null>((resolve) => {
        wake = () => resolve(null);
      });
      const gap = new Promise((resolve) => setTimeout(resolve, GAP_MILLISECONDS));
      outcome = await Promise.race([drive.ended, waiting.length > 0 ? null : news]);
      if (outcome === null) await Promise.race([gap, drive.ended]);
      yield* coalesce(waiting.splice(0));
      if (outcome) yield lastMessage(outcome);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    drive.kill();
    seat.leave();
  }
}
