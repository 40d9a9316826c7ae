import type { Artifact } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readReport } from '../views/read-report.ts';

/** Why a reference without a tag means the final policy although a best one was saved; null if it does not. */
export type Because = string | null;

const NOT_ABOVE = 'its best policy is not above the start beyond its interval';
const NOT_KNOWN = 'whether its best policy is above the start is not known';

/**
 * The model that a reference without a tag means, of the models of one kind: the best policy only if it is above the
 * run's start beyond its paired interval, otherwise the last.
 */
export function defaultModel(
  db: ReadableDb,
  run: Run,
  ofKind: readonly Artifact[],
): { readonly artifact: Artifact | null; readonly because: Because } {
  const [best, last] = ['best', 'last'].map((tag) => ofKind.find((artifact) => artifact.tag === tag) ?? null);
  if (!best || !last || best.kind !== 'policy') return { artifact: best ?? last ?? ofKind[0] ?? null, because: null };
  const reported = readReport(db, run)?.best;
  if (reported?.isAboveStart) return { artifact: best, because: null };
  return { artifact: last, because: reported?.change?.low != null ? NOT_ABOVE : NOT_KNOWN };
}
