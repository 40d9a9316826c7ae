import type { DatasetProgress } from '#contract/api/library/datasets.ts';
import type { JobContext } from '../job-context.ts';

/** Reports the progress of a dataset check, and ends it when the job is asked to stop. */
export function createCheckProgress(control: JobContext['control'], tell: JobContext['tell']) {
  const abort = new AbortController();
  const onProgress = ({ rows, bytesRead, bytes }: DatasetProgress) => {
    tell({ kind: 'progress', progress: { phase: 'check', done: bytesRead, total: bytes, unit: 'byte' } });
    void control.boundary(rows).then(({ stop }) => stop && abort.abort());
  };
  return { abort, onProgress };
}
