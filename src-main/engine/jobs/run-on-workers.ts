import { join } from 'node:path';
import { workerFaults } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { JobOf } from '../protocol.ts';
import type { Runtime } from '../runtime/types.ts';
import { listCheckpoints } from '../session/checkpoint/checkpoints.ts';
import { StopAtCheckpoint } from '../session/checkpoint/stop-at-checkpoint.ts';
import type { Detail, Recipe } from '../session/context.ts';
import { type Channel, openChannel } from '../workers/channel.ts';
import { createWorkerRuntime } from '../workers/worker-runtime.ts';
import { createHandOver } from './hand-over.ts';
import type { JobContext } from './job-context.ts';

/** Refuses what workers do not do, before anything waits. Throws `workers_unsupported`. */
export function requireWorkable(config: Detail): void {
  const faults = workerFaults(config);
  if (faults.length === 0) return;
  throw new KeelError({
    code: 'workers_unsupported',
    why: `Workers cannot compute this run: ${faults.map(({ where, why }) => `${where} ${why}`).join('; ')}.`,
    fix: faults.map(({ fix }) => fix).join(' '),
    faults,
  });
}

const isLost = (error: unknown) => error instanceof KeelError && error.code === 'workers_lost';

/**
 * Runs a recipe whose models a group of workers computes, once the group has shown on the starter model that it computes
 * what Keel does. If the group is lost and another one may take its place, the run goes on from its last checkpoint.
 * @param start runs the recipe on a runtime, from a checkpoint or from its beginning.
 * @throws KeelError `workers_unsupported`, `workers_lost`, `workers_failed`, `workers_differ`
 */
export async function runOnWorkers(
  job: JobOf<'run'>,
  given: { readonly recipe: Recipe<unknown>; readonly config: unknown } & JobContext,
  start: (runtime: Runtime, resumeFrom: string | null) => Promise<Detail>,
): Promise<Detail> {
  const { recipe, config, runtime: local, control, tell } = given;
  const { folder, restarts, count } = job.workers!;
  requireWorkable(job.config);
  const check = createHandOver(recipe, job.config, local, join(job.runFolder, '.hand-over'));
  const open = (channel: Channel, of: unknown) =>
    createWorkerRuntime(channel, local, { recipe: job.recipe, config: of, count });
  const look = async () => {
    if (await control.stopRequested()) throw new StopAtCheckpoint();
  };
  let resumeFrom = job.resumeFrom;
  for (let incarnation = 1; ; incarnation++) {
    const channel = await openChannel(folder, incarnation, look);
    try {
      const found = await check((of) => open(channel, of));
      const figures = found.map(({ key, difference }) => `${key} ${difference.toExponential(1)}`).join(', ');
      tell({
        kind: 'log',
        level: 'info',
        text: `${count} workers compute the run; differences on the starter: ${figures}.`,
      });
      return await start(open(channel, config), resumeFrom);
    } catch (error) {
      if (!isLost(error) || incarnation > restarts) throw error;
      resumeFrom = listCheckpoints(job.runFolder).at(-1)?.folder ?? null;
      tell({
        kind: 'log',
        level: 'warning',
        text: `${(error as KeelError).why} A new group goes on from the last checkpoint.`,
      });
    } finally {
      channel.close();
    }
  }
}
