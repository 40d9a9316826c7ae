import { expect } from 'vitest';
import { addLab, type Desk, isOver, newHome, openDesk, removeHome, runHere, starterApa } from './cluster-desk.ts';
import { openTunnel, type Tunnel } from './cuttable.ts';
import { type RayCluster, startRay } from './ray-cluster.ts';

export const CONFIG = starterApa(24, 5);
/** Everything that a job runs on its node. */
const JOB = ['keel_driver.py', 'bootstrap.mjs', 'relay.ts', 'engine/process.ts'];

/** A cluster of one node, a desk that reaches it by a tunnel, and what a run computes on this machine. */
export interface FaultBench {
  readonly ray: RayCluster;
  readonly tunnel: Tunnel;
  readonly desk: Desk;
  jobProcesses(): readonly number[];
  /** A run that has a checkpoint on this machine and steps after it. */
  underWay(cpus?: number): Promise<string>;
  /** How a run ends that does not finish. */
  errorOf(run: string): Promise<{ readonly state: string; readonly code: string | undefined }>;
  /** Waits for the end of a run, and compares every value with the local ones. */
  finishes(run: string, at?: Desk): Promise<void>;
  close(): Promise<void>;
}

export async function openFaultBench(): Promise<FaultBench> {
  const ray = await startRay(1);
  const tunnel = await openTunnel(ray.url);
  const home = newHome();
  await addLab(home, ray, tunnel.url);
  const desk = await openDesk(home);
  const expected = await runHere(CONFIG);
  return {
    ray,
    tunnel,
    desk,
    jobProcesses: () => JOB.flatMap((text) => ray.processes(text)),
    async underWay(cpus = 1) {
      const { id } = await desk.hand(CONFIG, cpus);
      await desk.until(id, ({ lastStep }) => (lastStep ?? 0) >= 7);
      return id;
    },
    async errorOf(run) {
      const { state, error } = await desk.until(run, isOver);
      return { state, code: error?.code };
    },
    async finishes(run, at = desk) {
      await at.until(run, ({ state }) => state === 'finished');
      expect(await at.values(run)).toEqual(expected);
    },
    async close() {
      await desk.close();
      tunnel.close();
      ray.stop();
      removeHome(desk.home);
    },
  };
}
