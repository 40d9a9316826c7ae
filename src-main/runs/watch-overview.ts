import type { OverviewBatch, RunLine } from '#contract/api/overview.ts';
import type { Progress } from '#contract/api/run-records.ts';
import type { ReadableDb } from '../store/database.ts';
import { listRuns, readListedRun, readRun } from '../store/queries/runs.ts';
import { describeLine } from './run-line.ts';
import type { RunSignals } from './run-signals.ts';

export interface OverviewSources {
  readonly db: ReadableDb;
  readonly signals: RunSignals;
  readonly progressOf: (id: string) => Progress | null;
}

/** At most ten batches a second cross to a page. */
const GAP_MILLISECONDS = 100;
/** Lines read before the host's other work has its turn. */
const LINES_AT_ONCE = 100;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function readLines({ db, progressOf }: OverviewSources, ids: readonly string[]): OverviewBatch {
  const runs = ids.map((id) => readListedRun(db, id));
  const lines: RunLine[] = runs.flatMap((run) => (run ? [describeLine(db, run, progressOf)] : []));
  return { lines, removed: ids.filter((_, at) => runs[at] === null), isCaughtUp: true };
}

/** A stage's news are its pipeline's too. */
function withParents(db: ReadableDb, ids: readonly string[]): readonly string[] {
  return [...new Set(ids.flatMap((id) => [id, readRun(db, id)?.parent ?? id]))];
}

/**
 * Follows the lines of all runs, newest run first, until the signal aborts. What changes while a reader is slow is told
 * once, in its newest state: nothing queues up.
 */
export async function* watchOverview(
  sources: OverviewSources,
  options: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<OverviewBatch> {
  const { db, signals } = sources;
  const { signal, limit } = options;
  let seen = signals.revision();
  const ids = listRuns(db, limit).map((run) => run.id as string);
  for (let at = 0; at === 0 || at < ids.length; at += LINES_AT_ONCE) {
    const batch = readLines(sources, ids.slice(at, at + LINES_AT_ONCE));
    yield { ...batch, isCaughtUp: at + LINES_AT_ONCE >= ids.length };
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (!signal?.aborted) {
    const changed = signals.changedSince(seen);
    if (changed.length === 0) {
      await signals.nextOfAny(signal);
      continue;
    }
    seen = signals.revision();
    yield readLines(sources, withParents(db, changed));
    await pause(GAP_MILLISECONDS);
  }
}
