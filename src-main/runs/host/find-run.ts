import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import type { ReadableDb } from '../../store/database.ts';
import { listRuns, readRun } from '../../store/queries/runs.ts';
import { isInTrash } from '../../store/queries/trash.ts';
import { unknownRun } from '../views/watch-run.ts';

/**
 * Finds a run by its id, by `latest`, or by a unique start or end of its id.
 * Throws `run_unknown`, `run_removed`, `run_ambiguous`.
 */
export function findRun(db: ReadableDb, wanted: string): Run {
  const exact = readRun(db, wanted);
  if (exact && isInTrash(db, exact.number)) throw removedRun(exact.id);
  if (exact) return exact;
  if (wanted === 'latest') {
    const newest = listRuns(db, 1)[0];
    if (newest) return newest;
    throw unknownRun('latest');
  }
  const matches = listRuns(db, 100_000).filter((run) => run.id.startsWith(wanted) || run.id.endsWith(wanted));
  const [only] = matches;
  if (!only) throw unknownRun(wanted);
  if (matches.length === 1) return only;
  throw new KeelError({
    code: 'run_ambiguous',
    why: `"${wanted}" matches ${matches.length} runs.`,
    fix: `Use a longer part of the id: ${matches
      .slice(0, 4)
      .map((run) => run.id)
      .join(', ')}.`,
  });
}

function removedRun(id: string): KeelError {
  return new KeelError({
    code: 'run_removed',
    why: `The run ${id} was deleted and is in the trash.`,
    fix: `Restore it with: keel runs restore ${id}`,
  });
}
