import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunBatch } from '#contract/api/runs/runs.ts';
import { SILENCE_LIMITS } from '../../src-main/runs/engine/drive-engine.ts';
import { type SpawnEngine, spawnEngine } from '../../src-main/runs/engine/engine-process.ts';
import type { HostSetup } from '../../src-main/runs/host/host-setup.ts';
import { RunHost } from '../../src-main/runs/host/run-host.ts';
import { createRunSignals } from '../../src-main/runs/host/run-signals.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { FAKE_ENGINE } from './fake-engine-path.ts';

export { FAKE_ENGINE };

/** A config that passes its schema; the fake engine reads none of it. */
export const CONFIG = 'recipe: sft\nname: tiny\nmodel: some/model\ndata: { files: [data.jsonl] }\n';

export type Behavior = Record<string, string | number>;

export function temporaryHome(): string {
  return mkdtempSync(join(tmpdir(), 'keel-test-'));
}

/** Process ids of the engines that this test file has started, first to last. */
export const spawnedPids: (number | null)[] = [];

const recordingSpawn: SpawnEngine = (request) => {
  const spawned = spawnEngine(request);
  spawnedPids.push(spawned.pid);
  return spawned;
};

/** A real host over a real store, with engines that compute nothing. */
export function fakeHost(behavior: Behavior, home = temporaryHome(), silence = SILENCE_LIMITS): RunHost {
  return hostWith(recordingSpawn, { behavior, home, silence });
}

/** A real host over a real store, with engines of one's own. */
export function hostWith(
  spawn: SpawnEngine,
  { behavior = {} as Behavior, home = temporaryHome(), silence = SILENCE_LIMITS } = {},
): RunHost {
  const setup: HostSetup = {
    home,
    store: openStore(join(home, 'store.sqlite')),
    engineEntry: FAKE_ENGINE,
    spawnEngine: spawn,
    engineEnvironment: () => ({ ...process.env, KEEL_FAKE: JSON.stringify(behavior) }),
    environment: { node: process.version },
    silence,
    now: Date.now,
    clock: () => performance.now(),
    signals: createRunSignals(),
  };
  const host = new RunHost(setup);
  onTestFinished(async () => {
    await host.close({ now: true });
    if (setup.store.write.open) setup.store.close();
  });
  return host;
}

/** Everything that a watcher was told, to the run's end. */
export async function watchAll(host: RunHost, id: string, after = 0): Promise<readonly RunBatch[]> {
  const batches: RunBatch[] = [];
  for await (const batch of host.watch(id, { after, withSamples: true })) batches.push(batch);
  return batches;
}
