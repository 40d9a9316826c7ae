import type { MetricExportResult, MetricFormat } from '#contract/api/runs/metric-export.ts';
import type { Run } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import { writeNew } from '../../disk/write-new.ts';
import type { ReadableDb } from '../../store/database.ts';
import { type MetricSpan, readMetricSpan, readMetricWindow } from '../../store/queries/metric-windows.ts';
import { listStages, readConfig } from '../../store/queries/runs.ts';
import { listSampleSteps, readSamplesAt } from '../../store/queries/samples.ts';
import type { TrackedPoint, TrackedRun, TrackedSample } from '../../trackers/tracked-run.ts';
import { requireTargetName, writeMetrics } from '../../trackers/write-metrics.ts';
import { keelVersion } from '../diagnostics/describe-environment.ts';
import type { WorkDesk } from '../host/background-job.ts';

/** Values that are read at a time, about. */
const WINDOW_VALUES = 20_000;

/** Lets calls of other clients through between two parts of the work. */
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Called after each part with what it contained. */
type Count = (kind: 'values' | 'samples', count: number) => void;

/** A run that was rolled back or deleted meanwhile would be exported half before and half after that. */
function requireUnchanged(db: ReadableDb, { id, number }: Run, span: MetricSpan): void {
  if (readMetricSpan(db, number)?.branch === span.branch) return;
  throw new KeelError({
    code: 'run_changed',
    why: `The run ${id} was rolled back or deleted during the export. Nothing was written.`,
    fix: 'Export it again.',
  });
}

async function* pointsOf(db: ReadableDb, run: Run, count: Count): AsyncGenerator<readonly TrackedPoint[]> {
  const span = readMetricSpan(db, run.number);
  if (span === null) return;
  const { first, last, values } = span;
  const width = Math.max(1, Math.floor((WINDOW_VALUES * (last - first + 1)) / values));
  for (let from = first; from <= last; from += width) {
    // A running run goes on; what it adds belongs to the next export.
    const window = readMetricWindow(db, run.number, from, Math.min(last, from + width - 1));
    requireUnchanged(db, run, span);
    count('values', window.length);
    if (window.length > 0) yield window;
    await breathe();
  }
}

async function* samplesOf(db: ReadableDb, run: Run, count: Count): AsyncGenerator<readonly TrackedSample[]> {
  for (const { step } of listSampleSteps(db, run.number)) {
    const samples = readSamplesAt(db, run.number, step);
    count('samples', samples.length);
    yield samples;
    await breathe();
  }
}

async function* nothing(): AsyncGenerator<never> {}

/** The run itself, or the stages of a pipeline; each run once. */
function trackedRuns(db: ReadableDb, runs: readonly Run[]): readonly Run[] {
  const all = runs.flatMap((run) => (run.recipe === 'pipeline' ? listStages(db, run.id) : [run]));
  return [...new Map(all.map((run) => [run.id, run])).values()];
}

function requireValues(db: ReadableDb, runs: readonly Run[]): number {
  const empty = runs.filter(({ number }) => readMetricSpan(db, number) === null);
  const total = runs.reduce((sum, { number }) => sum + (readMetricSpan(db, number)?.values ?? 0), 0);
  if (total > 0) return total;
  throw new KeelError({
    code: 'metrics_missing',
    why: `${empty.length === 1 ? 'The run has' : 'The runs have'} no metrics yet.`,
    fix: 'Export them after the first step; `keel runs list` shows how far each run is.',
  });
}

function requireTextPlace(format: MetricFormat, samples: boolean): void {
  if (!samples || format === 'tensorboard') return;
  throw new KeelError({
    code: 'samples_have_no_place',
    why: `Only TensorBoard logs hold the responses of a run, and the format is ${format}.`,
    fix: 'Leave out --samples, and use `keel runs samples RUN --json` for the responses.',
  });
}

export interface MetricExport {
  readonly runs: readonly Run[];
  readonly format: MetricFormat;
  /** Absolute path. */
  readonly out: string;
  readonly samples: boolean;
}

/**
 * Writes the metrics of runs for another program: every value in effect, not those that a rollback discarded. Memory is
 * bounded; a run in progress is exported up to its newest step.
 * Throws `export_name`, `export_target_exists`, `export_not_written`, `metrics_missing`, `samples_have_no_place`,
 * `run_changed`, `canceled`.
 */
export async function exportMetrics(
  db: ReadableDb,
  { runs: wanted, format, out, samples }: MetricExport,
  desk: WorkDesk,
): Promise<MetricExportResult> {
  requireTargetName(format, out);
  requireTextPlace(format, samples);
  const runs = trackedRuns(db, wanted);
  const total = requireValues(db, runs);
  const done = { values: 0, samples: 0 };
  const count: Count = (kind, more) => {
    done[kind] += more;
    desk.progress('writing', done.values, Math.max(total, done.values), 'values');
    desk.check();
  };
  const tracked = runs.map((run): TrackedRun => {
    const { id, name, createdAt } = run;
    const { resolved } = readConfig(db, run.number);
    const texts = samples ? () => samplesOf(db, run, count) : nothing;
    return { id, name, createdAt, config: resolved, points: () => pointsOf(db, run, count), samples: texts };
  });
  const writtenBy = `Keel ${keelVersion()}`;
  const bytes = await writeNew(out, (path) => writeMetrics(format, { out: path, runs: tracked, writtenBy }));
  return { out, format, runs: runs.map(({ id }) => id), ...done, bytes };
}
