import { resolveRecipeConfig } from '#contract/config/index.ts';
import type { JobOf } from '../protocol.ts';
import type { OnlineContext } from '../session/online/online-models.ts';
import { sampleStart } from '../session/online/sample-start.ts';
import type { JobContext } from './job-context.ts';
import { NOBODY } from './nobody.ts';

/** Samples and scores several responses of a run's starting policy. Writes into the job's scratch folder only. */
export async function sampleStartJob(
  job: JobOf<'sample_start'>,
  { runtime, control, tell }: JobContext,
): Promise<void> {
  const { config } = resolveRecipeConfig(job.config);
  const context = {
    runId: 'sample-start',
    // A critic has no part in this.
    config: { ...config, critic: undefined },
    runtime,
    runFolder: job.scratch,
    resumeFrom: null,
    locate: (reference: string) => job.locations[reference] ?? reference,
    emit: NOBODY,
    control,
  } as unknown as OnlineContext;
  const result = await sampleStart(context, job.samples, (progress) => tell({ kind: 'progress', progress }));
  tell({ kind: 'result', result });
}
