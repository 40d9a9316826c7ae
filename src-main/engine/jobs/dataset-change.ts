import { changeRows } from '../dataset/change-rows.ts';
import { fileBytes } from '../dataset/readers/open-bytes.ts';
import type { JobOf } from '../protocol.ts';
import { parseCheckOptions } from './check/check-options.ts';
import type { JobContext } from './job-context.ts';
import { reportBytes } from './report-bytes.ts';

/** Writes a dataset with changed rows to a new file. Throws what {@link changeRows} throws. */
export async function datasetChange(job: JobOf<'dataset_change'>, context: JobContext): Promise<void> {
  const { file, out, edits, excluded, excludesUnusable } = job;
  const { columns } = parseCheckOptions(job.options);
  const { onBytes, signal } = reportBytes(fileBytes(file), context);
  try {
    const result = await changeRows(file, out, { edits, excluded, excludesUnusable }, { columns, signal, onBytes });
    context.tell({ kind: 'result', result });
  } catch (error) {
    if (!signal.aborted) throw error;
    context.tell({ kind: 'stopped', step: null });
  }
}
