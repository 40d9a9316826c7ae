import type { OverviewBatch, RunLine } from '#contract/api/runs/overview.ts';
import type { Progress } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listRuns, readListedRun, readRun } from '../../store/queries/runs.ts';
import type { RunSignals } from '../host/run-signals.ts';
import { describeLine } from './run-line.ts';

export interface OverviewSources {
  readonly db: ReadableDb;
  readonly signals: RunSignals;
  readonly progressOf: (id: string) => Progress | null;
  /** A run of the store as it stands. */
  readonly shown: (run: Run) => Run;
}

/** At most ten batches a second cross to a page. */
const GAP_MILLISECONDS = 100;
/** Lines of one batch of the first reading. */
const LINES_OF_A_BATCH = 100;
/** Time of reading before the host's other work has its turn: a run that is opened meanwhile does not wait. */
const TURN_MILLISECONDS = 4;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function readLines({ db, progressOf, shown }: OverviewSources, ids: readonly string[]): OverviewBatch {
  const runs = ids.map((id) => readListedRun(db, id));
  const lines: RunLine[] = runs.flatMap((run) => (run ? [describeLine(db, shown(run), progressOf)] : []));
  return { lines, removed: ids.filter((_, at) => runs[at] === null), isCaughtUp: true };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A batch of the first reading. */
async function readInTurns(sources: OverviewSources, ids: readonly string[]): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  let end = performance.now() + TURN_MILLISECONDS;
  for (const id of ids) {
    lines.push(...readLines(sources, [id]).lines);
    if (performance.now() < end) continue;
    await turn();
    end = performance.now() + TURN_MILLISECONDS;
  }
  return lines;
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
  for (let at = 0; at === 0 || at < ids.length; at += LINES_OF_A_BATCH) {
    const lines = await readInTurns(sources, ids.slice(at, at + LINES_OF_A_BATCH));
    yield { lines, removed: [], isCaughtUp: at + LINES_OF_A_BATCH >= ids.length };
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
