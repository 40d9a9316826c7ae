import type { Run } from '#contract/api/runs/run-state.ts';
import { REPORT_EVENT } from '#contract/run-events.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readRun } from '../../store/queries/runs.ts';
import { computeReport } from '../views/read-report.ts';
import type { End } from './end-of-attempt.ts';
import type { Recorder } from './recorder.ts';

/** Keeps the report of a run that is about to end, so that it stays the same; nothing if it has none. */
export function noteReport(db: ReadableDb, recorder: Recorder, started: Run, { state, summary }: End): void {
  const run = readRun(db, started.id) ?? started;
  const report = computeReport(db, { ...run, state, summary });
  if (report) recorder.note(REPORT_EVENT, 'info', report, run.lastStep);
}
