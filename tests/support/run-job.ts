import { runJob } from '#engine/jobs/index.ts';
import { type EngineReport, type JobRequest, jobSchema } from '#engine/protocol.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { createControl } from '#engine/session/control.ts';

export interface ToldByJob {
  readonly told: readonly EngineReport[];
  readonly rows: readonly unknown[];
  readonly result: unknown;
}

/** Runs a job in this process and gives what it told; its variables and steps go with the runtime. */
export async function tellOfJob(runtime: Runtime, job: JobRequest): Promise<ToldByJob> {
  const told: EngineReport[] = [];
  const control = createControl([], () => undefined);
  await runJob(jobSchema.parse(job), { runtime, control, tell: (report) => told.push(report) });
  const rows = told.flatMap((report) => (report.kind === 'rows' ? report.rows : []));
  const last = told.at(-1);
  return { told, rows, result: last?.kind === 'result' ? last.result : undefined };
}
