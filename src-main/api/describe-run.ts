import type { Run, RunDetail } from '#contract/api/runs/run-state.ts';
import { planResume } from '../runs/host/plan-resume.ts';
import type { ReadableDb } from '../store/database.ts';
import { listAttempts } from '../store/queries/attempts.ts';
import { listCheckpoints } from '../store/queries/checkpoints.ts';
import { lastSequence, listChanges } from '../store/queries/events.ts';
import { listArtifacts, listInputs } from '../store/queries/lineage.ts';
import { listStages, readConfig } from '../store/queries/runs.ts';

/** Everything known about a run except its long series. */
export function describeRun(db: ReadableDb, run: Run): RunDetail {
  const { given, resolved } = readConfig(db, run.number);
  return {
    ...run,
    resumesAt: planResume(db, run),
    sequence: lastSequence(db, run.number),
    configGiven: given,
    config: resolved,
    attempts: [...listAttempts(db, run.number)],
    checkpoints: [...listCheckpoints(db, run.number)],
    artifacts: [...listArtifacts(db, run.number)],
    inputs: [...listInputs(db, run.number)],
    changes: [...listChanges(db, run.number)],
    stages: [...listStages(db, run.id)],
  };
}
