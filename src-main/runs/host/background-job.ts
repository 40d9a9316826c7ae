import type { JobMessage } from '#contract/api/jobs.ts';
import { canceled } from '#contract/errors.ts';
import { createRateMeter } from '../views/rate-meter.ts';

/** Lets background work of the host report its progress and check whether to stop. */
export interface WorkDesk {
  /** Reports what has been processed, in bytes unless it says otherwise. */
  progress(phase: string, done: number, total: number, unit?: string): void;
  log(text: string): void;
  /** Throws `canceled` if the caller has left. */
  check(): void;
}

const GAP_MILLISECONDS = 100;

/** Runs long work of the host as a job stream: at most ten batches of messages per second, the result last. */
export async function* backgroundJob(
  work: (desk: WorkDesk) => Promise<unknown>,
  clock: () => number,
  signal?: AbortSignal,
): AsyncGenerator<JobMessage> {
  const meter = createRateMeter(clock);
  let newest: JobMessage | null = null;
  let logs: JobMessage[] = [];
  let hasLeft = false;
  const desk: WorkDesk = {
    progress(phase, done, total, unit = 'bytes') {
      newest = { kind: 'progress', progress: meter({ phase, done, total, unit, rate: null, secondsLeft: null }) };
    },
    log: (text) => void logs.push({ kind: 'log', level: 'info', text }),
    check() {
      if (signal?.aborted || hasLeft) throw canceled('The work was stopped.');
    },
  };
  const ended = work(desk).then((result) => ({ result }));
  ended.catch(() => undefined);
  try {
    for (;;) {
      const gap = new Promise<null>((resolve) => setTimeout(() => resolve(null), GAP_MILLISECONDS));
      const end = await Promise.race([ended, gap]);
      const told: JobMessage[] = newest ? [...logs, newest] : logs;
      [newest, logs] = [null, []];
      yield* told;
      if (end) return yield { kind: 'result', result: end.result };
    }
  } finally {
    hasLeft = true;
  }
}
