import { getCurrentScope, onScopeDispose, shallowRef } from 'vue';
import type { PreflightReport, PreflightRequest } from '#contract/api/runs/preflight.ts';
import type { Progress } from '#contract/api/runs/run-records.ts';
import type { KeelError } from '#contract/errors.ts';
import { pageError } from '../../../state/page-error.ts';
import { useConnection } from '../../../state/use-connection.ts';

/** Measures a config; keeps the last report and the text it belongs to. */
export function usePreflight() {
  const connection = useConnection();
  const report = shallowRef<PreflightReport | null>(null);
  const measuredText = shallowRef<string | null>(null);
  const progress = shallowRef<Progress | null>(null);
  const error = shallowRef<KeelError | null>(null);
  const isMeasuring = shallowRef(false);
  let abort: AbortController | null = null;

  async function measure(request: PreflightRequest): Promise<void> {
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    [isMeasuring.value, progress.value, error.value] = [true, null, null];
    try {
      const client = await connection.api();
      for await (const message of await client.preflight.measure(request, { signal: mine.signal })) {
        if (abort !== mine) return;
        if (message.kind === 'progress') progress.value = message.progress;
        if (message.kind === 'result') [report.value, measuredText.value] = [message.result, request.config];
      }
    } catch (caught) {
      const failure = pageError(caught);
      if (abort === mine && !mine.signal.aborted && failure.kind !== 'canceled') error.value = failure;
    } finally {
      if (abort === mine) isMeasuring.value = false;
    }
  }

  function cancel(): void {
    abort?.abort();
    isMeasuring.value = false;
  }

  if (getCurrentScope()) onScopeDispose(() => abort?.abort());
  return { report, measuredText, progress, error, isMeasuring, measure, cancel };
}
