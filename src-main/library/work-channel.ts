import type { WorkMessage } from '#contract/api/work-stream.ts';
import { createRateMeter } from '../runs/views/rate-meter.ts';

const GAP_MILLISECONDS = 100;

/** Progress of the work, before rate and remaining time are known. */
export interface WorkStep {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

/**
 * Turns a promise that reports progress into a stream: the newest progress at most ten times a second, then the result.
 * Closing the stream aborts the work and waits for its end.
 * @param clock monotonic milliseconds.
 */
export async function* streamWork<Result>(
  work: (report: (step: WorkStep) => void, signal: AbortSignal) => Promise<Result>,
  clock: () => number,
  signal?: AbortSignal,
): AsyncGenerator<WorkMessage<Result>, void> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const meter = createRateMeter(clock);
  let newest: WorkStep | null = null;
  let wake = () => {};
  const report = (step: WorkStep) => {
    newest = step;
    wake();
  };
  const ended = work(report, abort.signal).then((result) => ({ result }));
  ended.catch(() => undefined);
  try {
    for (;;) {
      const news = new Promise<null>((resolve) => {
        wake = () => resolve(null);
      });
      const end = await Promise.race([ended, newest ? null : news]);
      if (newest) {
        const progress = meter({ ...(newest as WorkStep), rate: null, secondsLeft: null });
        newest = null;
        yield { kind: 'progress', progress };
      }
      if (end) return yield { kind: 'result', result: end.result };
      await Promise.race([new Promise((resolve) => setTimeout(resolve, GAP_MILLISECONDS)), ended]);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await ended.catch(() => undefined);
  }
}
