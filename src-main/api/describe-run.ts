import { type DataLedger, dataLedgerSchema } from '#contract/api/runs/data-ledger.ts';
import type { Run, RunDetail } from '#contract/api/runs/run-state.ts';
import { LEDGER_EVENT } from '#contract/run-events.ts';
import { planResume } from '../runs/host/plan-resume.ts';
import type { ReadableDb } from '../store/database.ts';
import { listAttempts } from '../store/queries/attempts.ts';
import { listCheckpoints } from '../store/queries/checkpoints.ts';
import { lastSequence, listChanges, readEventsNamed } from '../store/queries/events.ts';
import { listArtifacts, listInputs } from '../store/queries/lineage.ts';
import { listStages, readConfig } from '../store/queries/runs.ts';

/** The newest data ledger of a run; null if it has none. */
function ledgerOf(db: ReadableDb, { number }: Run): DataLedger | null {
  return dataLedgerSchema.safeParse(readEventsNamed(db, number, LEDGER_EVENT).at(-1)?.detail).data ?? null;
}

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
    ledger: ledgerOf(db, run),
    stages: [...listStages(db, run.id)],
  };
}
