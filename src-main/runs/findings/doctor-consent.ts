import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { liveChangeFault } from '#contract/config/index.ts';
import { ROLLBACK_EVENT } from '#contract/run-events.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readEventsNamed } from '../../store/queries/events.ts';
import { readConfig } from '../../store/queries/runs.ts';
import { healthyStep } from '../archive/plan-rollback.ts';
import type { Rollback } from '../archive/roll-back.ts';
import { openFindings } from './open-findings.ts';

/** After this many automatic rollbacks, the doctor leaves the decision to the user. */
const MOST = 3;

/**
 * The rollback that a run's config allows in advance, now that the doctor has paused the run; null if the run has to
 * wait for the user. If the remedy requires a new run, the run stays stopped at the healthy checkpoint: continuing
 * unchanged, it would fail again.
 */
export function rollbackByConsent(db: ReadableDb, run: Run, cause: PauseCause): Rollback | null {
  const { resolved } = readConfig(db, run.number);
  const { rollback, apply_remedy: applies } = (resolved.doctor ?? {}) as Detail;
  if (rollback !== 'allow' || cause.by !== 'doctor') return null;
  const own = readEventsNamed(db, run.number, ROLLBACK_EVENT).filter((event) => event.detail.by === 'doctor');
  if (own.length >= MOST) return null;
  const remedy = openFindings(db, run.number).find((finding) => finding.regime === cause.regime)?.remedy;
  const { path, value } = remedy ?? {};
  const isLive = applies === true && remedy?.isLive && typeof path === 'string' && typeof value === 'number';
  const changes = isLive && liveChangeFault(resolved, { path, value }) === null ? [{ path, value }] : [];
  return { step: healthyStep(db, run.number), changes, goOn: changes.length > 0, by: 'doctor' };
}
