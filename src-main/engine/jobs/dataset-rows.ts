import { fileBytes } from '../dataset/readers/open-bytes.ts';
import { readPage } from '../dataset/readers/read-page.ts';
import type { JobOf } from '../protocol.ts';
import { parseCheckOptions, tokensOf } from './check/check-options.ts';
import type { JobContext } from './job-context.ts';

const GAP_MILLISECONDS = 100;

/** Reports some rows of a dataset, as stored and as tokens. Throws what {@link readPage} throws. */
export async function datasetRows(job: JobOf<'dataset_rows'>, { control, tell }: JobContext): Promise<void> {
  const options = parseCheckOptions(job.options);
  const total = fileBytes(job.file);
  const abort = new AbortController();
  let toldAt = performance.now();
  const onBytes = (done: number) => {
    if (performance.now() - toldAt < GAP_MILLISECONDS) return;
    toldAt = performance.now();
    tell({ kind: 'progress', progress: { phase: 'read', done, total, unit: 'byte' } });
    void control.boundary(0).then(({ stop }) => stop && abort.abort());
  };
  try {
    const { tokens } = tokensOf(options);
    const page = await readPage(job.file, {
      from: job.from,
      count: job.count,
      columns: options.columns,
      signal: abort.signal,
      onBytes,
      ...(tokens && { maker: tokens.maker }),
    });
    tell({ kind: 'result', result: page });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    tell({ kind: 'stopped', step: null });
  }
}
