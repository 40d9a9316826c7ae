import { fileBytes } from '../dataset/readers/open-bytes.ts';
import { readPage } from '../dataset/readers/read-page.ts';
import type { JobOf } from '../protocol.ts';
import { parseCheckOptions, tokensOf } from './check/check-options.ts';
import type { JobContext } from './job-context.ts';
import { reportBytes } from './report-bytes.ts';

/** Reports some rows of a dataset, as stored and as tokens. Throws what {@link readPage} throws. */
export async function datasetRows(job: JobOf<'dataset_rows'>, context: JobContext): Promise<void> {
  const options = parseCheckOptions(job.options);
  const { onBytes, signal } = reportBytes(fileBytes(job.file), context);
  try {
    const { tokens } = tokensOf(options);
    const page = await readPage(job.file, {
      from: job.from,
      count: job.count,
      columns: options.columns,
      signal,
      onBytes,
      ...(tokens && { maker: tokens.maker }),
    });
    context.tell({ kind: 'result', result: page });
  } catch (error) {
    if (!signal.aborted) throw error;
    context.tell({ kind: 'stopped', step: null });
  }
}
