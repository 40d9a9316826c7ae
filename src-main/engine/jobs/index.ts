import { KeelError } from '#contract/errors.ts';
import type { Job } from '../protocol.ts';
import type { JobContext } from './job-context.ts';

type Handler = (job: never, context: JobContext) => Promise<void>;

/** Loaded on demand, so that a short job does not load the recipes. */
const HANDLERS: Record<Job['kind'], () => Promise<Handler>> = {
  run: async () => (await import('./run.ts')).run,
  score: async () => (await import('./score.ts')).score,
  reward: async () => (await import('./reward.ts')).reward,
  generate: async () => (await import('./generate.ts')).generate,
  evaluate: async () => (await import('./evaluate.ts')).evaluate,
  check: async () => (await import('./check.ts')).check,
  check_config: async () => (await import('./check/check-config.ts')).checkConfig,
  dataset_rows: async () => (await import('./dataset-rows.ts')).datasetRows,
  dataset_change: async () => (await import('./dataset-change.ts')).datasetChange,
  export: async () => (await import('./export.ts')).exportArtifact,
  merge: async () => (await import('./merge.ts')).merge,
  model_init: async () => (await import('./model-init.ts')).modelInit,
  model_inspect: async () => (await import('./model-inspect.ts')).modelInspect,
  model_diff: async () => (await import('./model-diff/model-diff.ts')).modelDiff,
  admission: async () => (await import('./admission.ts')).admission,
  sample_start: async () => (await import('./sample-start.ts')).sampleStartJob,
  preflight: async () => (await import('./preflight.ts')).preflight,
  bench: async () => (await import('./bench.ts')).bench,
};

/** Runs one job to its last event. */
export async function runJob(job: Job, context: JobContext): Promise<void> {
  const load = HANDLERS[job.kind];
  if (!load) throw new KeelError({ code: 'job_unknown', why: `Unknown job "${job.kind}".`, fix: 'Update Keel.' });
  const handler = await load();
  await handler(job as never, context);
}
