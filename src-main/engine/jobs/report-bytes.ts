import type { JobContext } from './job-context.ts';

const GAP_MILLISECONDS = 100;

/** Tells how far a file was read, ten times a second at most; the signal is aborted when the job is to stop. */
export function reportBytes(total: number, { control, tell }: Pick<JobContext, 'control' | 'tell'>) {
  const abort = new AbortController();
  let toldAt = performance.now();
  const onBytes = (done: number) => {
    if (performance.now() - toldAt < GAP_MILLISECONDS) return;
    toldAt = performance.now();
    tell({ kind: 'progress', progress: { phase: 'read', done, total, unit: 'byte' } });
    void control.boundary(0).then(({ stop }) => stop && abort.abort());
  };
  return { onBytes, signal: abort.signal };
}
