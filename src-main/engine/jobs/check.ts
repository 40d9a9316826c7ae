import { checkDataset } from '../dataset/checks/check-dataset.ts';
import type { JobOf } from '../protocol.ts';
import { parseCheckOptions, tokensOf } from './check/check-options.ts';
import { createCheckProgress } from './check/check-progress.ts';
import type { JobContext } from './job-context.ts';

/** Reports what a dataset contains and what the trainer will see of it. */
export async function check(job: JobOf<'check'>, { control, tell }: JobContext): Promise<void> {
  const options = parseCheckOptions(job.options);
  const { abort, onProgress } = createCheckProgress(control, tell);
  try {
    const report = await checkDataset(job.file, {
      columns: options.columns,
      examples: options.examples,
      trainsOnAll: options.train_on === 'all',
      signal: abort.signal,
      onProgress,
      ...tokensOf(options),
    });
    tell({ kind: 'result', result: report });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    tell({ kind: 'stopped', step: null });
  }
}
