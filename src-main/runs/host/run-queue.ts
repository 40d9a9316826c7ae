import type { Run } from '#contract/api/runs/run-state.ts';
import type { RunId } from '#contract/ids.ts';
import { inTransaction } from '../../store/database.ts';
import { replacePlaces } from '../../store/queries/queue-places.ts';
import { readRun, waitingRuns } from '../../store/queries/runs.ts';
import { lane } from './device-of-run.ts';
import { createDeviceQueue, type DeviceQueue } from './device-queue.ts';
import type { HostSetup } from './host-setup.ts';

/** The runs that wait for their device, as people see them: a waiting stage stands for its pipeline. */
export interface RunQueue {
  readonly device: DeviceQueue;
  /** Does the work of a run when its device is free. */
  enter(run: Run, work: () => Promise<void>, isWanted: () => boolean): Promise<void>;
  /** In the order in which they will start. */
  list(): readonly RunId[];
  /** The same from the store, where they stay after their host has ended. */
  stored(): readonly Run[];
  /** Places a waiting run before another one, or last for null, and stores the new order. */
  move(run: RunId, before: string | null): readonly RunId[];
}

export function createRunQueue({ store, signals }: HostSetup): RunQueue {
  const device = createDeviceQueue();
  const shownAs = (entry: string): RunId => {
    const run = readRun(store.read, entry);
    return run?.parent ?? run?.id ?? (entry as RunId);
  };
  // A run that was stopped leaves its place when its turn comes; until then, it only looks as if it waited.
  const isQueued = (entry: string) => readRun(store.read, entry)?.state === 'queued';
  // A pipeline on a cluster does not hold this machine's device, where only its first stage may be computed.
  const holderOf = (run: Run) => {
    const pipeline = run.parent === null ? null : readRun(store.read, run.parent);
    return pipeline && lane(pipeline) === lane(run) ? pipeline.id : null;
  };
  const list = () => device.waiting().filter(isQueued).map(shownAs);
  const entryOf = (run: string) => device.waiting().find((entry) => shownAs(entry) === run) ?? run;
  return {
    device,
    enter: (run, work, isWanted) => device.add(lane(run), { run: run.id, holder: holderOf(run), work, isWanted }),
    list,
    stored: () => waitingRuns(store.read),
    move(run, before) {
      device.move(entryOf(run), before === null ? null : entryOf(before));
      const order = list();
      const numbers = order.flatMap((waiting) => readRun(store.read, waiting)?.number ?? []);
      inTransaction(store.write, () => replacePlaces(store.write, numbers));
      for (const waiting of order) signals.change(waiting);
      return order;
    },
  };
}
