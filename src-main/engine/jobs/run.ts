import { BFLOAT16_NEEDS, resolveConfig } from '#contract/config/index.ts';
import type { JobOf } from '../protocol.ts';
import type { ComputeDtype } from '../runtime/environment.ts';
import type { Runtime } from '../runtime/types.ts';
import { listCheckpoints } from '../session/checkpoint/checkpoints.ts';
import { StopAtCheckpoint } from '../session/checkpoint/stop-at-checkpoint.ts';
import type { Detail, Emit, Recipe } from '../session/context.ts';
import { createInputLedger } from '../session/input-ledger.ts';
import type { JobContext } from './job-context.ts';
import { loadRecipe } from './load-recipe.ts';
import { runOnWorkers } from './run-on-workers.ts';

/** Reports each step that could not be compiled once; such a run is slower than it could be. */
function createFallbackNotice(tell: JobContext['tell'], runtime: Runtime): () => void {
  let told = 0;
  return () => {
    const { fallbacks } = runtime.graphStatistics();
    for (const reason of fallbacks.slice(told))
      tell({ kind: 'log', level: 'warning', text: `Runs without a compiled graph: ${reason}` });
    told = fallbacks.length;
  };
}

/** Reports where products are not computed as configured. */
function noticeComputeDtype(tell: JobContext['tell'], wanted: ComputeDtype, { device }: Runtime): void {
  if (wanted === device.computeDtype) return;
  const text =
    wanted === 'bfloat16'
      ? `engine.compute_dtype: products are computed in float32. ${BFLOAT16_NEEDS}`
      : 'engine.compute_dtype is float32, but this run started with products rounded to bfloat16 and keeps them.';
  tell({ kind: 'log', level: 'warning', text });
}

function createEmit(tell: JobContext['tell'], runFolder: string, runtime: Runtime): Emit {
  const checkInput = createInputLedger(runFolder);
  const noticeFallbacks = createFallbackNotice(tell, runtime);
  return {
    metrics: (step, points) => {
      noticeFallbacks();
      tell({ kind: 'metrics', step, points: [...points] });
    },
    samples: (step, rows) => tell({ kind: 'samples', step, rows: [...rows] }),
    progress: (progress) => tell({ kind: 'progress', progress }),
    log: (level, text) => tell({ kind: 'log', level, text }),
    event: (name, step, level, detail) => tell({ kind: 'event', name, step, level, detail: { ...detail } }),
    artifact: (artifact) => tell({ kind: 'artifact', artifact }),
    input: (input) => {
      checkInput(input);
      tell({ kind: 'input', input });
    },
    checkpoint: (checkpoint) => tell({ kind: 'checkpoint', checkpoint }),
  };
}

/** Reports each event once; metrics and samples of a step that is computed again are the same rows. */
function withoutRepeatedEvents(tell: JobContext['tell']): JobContext['tell'] {
  const told = new Set<string>();
  return (report) => {
    const text = report.kind === 'event' ? JSON.stringify(report) : null;
    if (text !== null && told.has(text)) return;
    if (text !== null) told.add(text);
    tell(report);
  };
}

function locator(locations: Readonly<Record<string, string>>): (reference: string) => string {
  return (reference) => locations[reference] ?? reference;
}

/** Runs a recipe from its start, or from a checkpoint, until it ends with a summary. */
export async function run(job: JobOf<'run'>, context: JobContext): Promise<void> {
  const { control } = context;
  // A group that takes the place of a lost one computes some steps again.
  const tell = job.workers ? withoutRepeatedEvents(context.tell) : context.tell;
  const recipe = (await loadRecipe(job.recipe)) as Recipe<unknown>;
  const { config } = resolveConfig(job.config, []);
  if ('engine' in config) noticeComputeDtype(tell, config.engine.computeDtype, context.runtime);
  const start = (runtime: Runtime, resumeFrom: string | null): Promise<Detail> =>
    recipe({
      runId: job.runId,
      config,
      runtime,
      runFolder: job.runFolder,
      resumeFrom,
      locate: locator(job.locations),
      emit: createEmit(tell, job.runFolder, runtime),
      control,
    });
  try {
    const summary = job.workers
      ? await runOnWorkers(job, { ...context, tell, recipe, config }, start)
      : await start(context.runtime, job.resumeFrom);
    tell({ kind: 'summary', summary: { ...summary } });
  } catch (error) {
    await control.settle();
    if (!(error instanceof StopAtCheckpoint)) throw error;
    tell({ kind: 'stopped', step: listCheckpoints(job.runFolder).at(-1)?.step ?? null });
  }
}
