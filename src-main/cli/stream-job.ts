import type { JobMessage } from '#contract/api/jobs.ts';
import { canceled } from '#contract/errors.ts';
import { createProgressLine, formatProgress } from './progress-line.ts';
import type { Shell } from './shell.ts';

export type JobCall = (signal: AbortSignal) => Promise<AsyncIterable<JobMessage>>;

/**
 * Runs a short job with progress on standard error and returns its result; Ctrl-C ends it.
 * @param onRow called for every result row, in the order of the input.
 */
export async function streamJob(
  shell: Shell,
  call: JobCall,
  onRow: (row: unknown) => void = () => undefined,
): Promise<unknown> {
  const abort = new AbortController();
  const endWatch = shell.onInterrupt(() => abort.abort());
  const line = createProgressLine(shell, () => performance.now());
  let result: unknown = null;
  try {
    for await (const message of await call(abort.signal)) {
      if (message.kind === 'progress') line.show(formatProgress(message.progress));
      if (message.kind === 'log') line.remark(`${message.level}: ${message.text}`);
      if (message.kind === 'rows') message.rows.forEach(onRow);
      if (message.kind === 'result') result = message.result;
    }
    if (abort.signal.aborted) throw canceled('Stopped.');
    return result;
  } catch (error) {
    throw abort.signal.aborted ? canceled('Stopped.') : error;
  } finally {
    endWatch();
    line.end();
  }
}
