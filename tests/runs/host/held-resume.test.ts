import { expect, test } from 'vitest';
import type { RunState } from '#contract/api/runs/run-state.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { CONFIG, fakeHost, spawnedPids } from '../fake-host.ts';

/** Waits until a run is in one of the states. */
async function reached(host: RunHost, id: string, states: readonly RunState[]): Promise<RunState> {
  for await (const { run } of host.watch(id, { after: 0, withSamples: false })) {
    if (states.includes(run.state)) return run.state;
  }
  return host.find(id).state;
}

test('a run whose engine died at a hold is held there again; one that was stopped there goes on', async () => {
  const host = fakeHost({ steps: 6, checkpointEvery: 1, sickAt: 2 });
  const { id } = host.start({ config: CONFIG, baseFolder: process.cwd() });
  expect(await reached(host, id, ['paused', 'finished'])).toBe('paused');
  process.kill(spawnedPids.at(-1)!, 'SIGKILL');
  expect(await reached(host, id, ['interrupted', 'failed'])).toBe('interrupted');
  host.resume(id);
  expect(await reached(host, id, ['paused', 'finished'])).toBe('paused');
  host.stop(id, {});
  expect(await reached(host, id, ['stopped', 'finished'])).toBe('stopped');
  host.resume(id);
  expect(await reached(host, id, ['paused', 'finished'])).toBe('finished');
});
