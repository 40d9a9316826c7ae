import { z } from 'zod';
import { runFindingSchema } from '#contract/api/runs/run-doctor.ts';
import { type RunReport, reportedShareSchema, runReportSchema } from '#contract/api/runs/run-report.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { DOCTOR_EVENT, REPORT_EVENT } from '#contract/run-events.ts';
import { meritKey, type ReportedEvaluation, type ReportSource, reportRun } from '#contract/statistics/run-report.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readEventsNamed } from '../../store/queries/events.ts';
import { listArtifacts } from '../../store/queries/lineage.ts';
import { listKeys, readSeries } from '../../store/queries/metrics.ts';
import { readSamplesAt } from '../../store/queries/samples.ts';
import { ENDED } from './watch-run.ts';

/** Keys of which each evaluation has one; a run that trains no policy has only the second. */
const EVALUATED = ['eval/reward', 'eval/loss'] as const;

function evaluationAt(db: ReadableDb, run: number, keys: readonly string[], step: number): ReportedEvaluation {
  const metrics = keys.flatMap((key) => readSeries(db, run, key, step, step).map(({ value }) => [key, value] as const));
  return { step, metrics: Object.fromEntries(metrics), responses: readSamplesAt(db, run, step) };
}

/** The step of the highest merit, the first of equals: the engine keeps a later policy only if it is better. */
function bestStep(db: ReadableDb, run: number, keys: readonly string[]): number | null {
  const merits = readSeries(db, run, meritKey(keys.includes('eval/judge'))).filter(({ value }) =>
    Number.isFinite(value),
  );
  const [first, ...others] = merits;
  return first ? others.reduce((best, each) => (each.value > best.value ? each : best), first).step : null;
}

const summarySchema = z.object({
  certificate: z.object({ accuracy: reportedShareSchema }).nullish().catch(null),
});

function sourceOf(db: ReadableDb, run: Run): ReportSource {
  const { number } = run;
  const keys = listKeys(db, number).filter((key) => key.startsWith('eval/'));
  const evaluated = EVALUATED.find((key) => keys.includes(key));
  const steps = evaluated ? readSeries(db, number, evaluated).map(({ step }) => step) : [];
  const at = (step: number | null | undefined) => {
    return step === null || step === undefined ? null : evaluationAt(db, number, keys, step);
  };
  const summary = summarySchema.safeParse(run.summary).data;
  return {
    run,
    start: steps.length > 1 ? at(steps[0]) : null,
    end: at(steps.at(-1)),
    best: at(bestStep(db, number, keys)),
    evaluations: steps.length,
    policies: listArtifacts(db, number).flatMap(({ kind, tag }) => (kind === 'policy' ? [tag] : [])),
    findings: readEventsNamed(db, number, DOCTOR_EVENT).map(({ detail }) => runFindingSchema.parse(detail)),
    accuracy: summary?.certificate?.accuracy ?? null,
  };
}

/** Computes the report from what is stored; null if the run has evaluated nothing. */
export function computeReport(db: ReadableDb, run: Run): RunReport | null {
  return reportRun(sourceOf(db, run));
}

/** The report that was stored when the run last ended; null if there is none, as for runs of former versions. */
export function storedReport(db: ReadableDb, run: Run): RunReport | null {
  const stored = readEventsNamed(db, run.number, REPORT_EVENT).at(-1);
  return stored ? (runReportSchema.safeParse(stored.detail).data ?? null) : null;
}

/** The report of a run: as stored if it has ended, so that it stays the same, otherwise of its evaluations so far. */
export function readReport(db: ReadableDb, run: Run): RunReport | null {
  return (ENDED.has(run.state) ? storedReport(db, run) : null) ?? computeReport(db, run);
}
