import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRouterClient } from '@orpc/server';
import { onTestFinished } from 'vitest';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import { SILENCE_LIMITS } from '../../src-main/runs/engine/drive-engine.ts';
import { spawnEngine } from '../../src-main/runs/engine/engine-process.ts';
import { spawnEnvironment } from '../../src-main/runs/engine/spawn-environment.ts';
import { RunHost } from '../../src-main/runs/host/run-host.ts';
import { createRunSignals } from '../../src-main/runs/host/run-signals.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { temporaryHome } from './fake-host.ts';

const ENGINE = fileURLToPath(new URL('../../src-main/engine/process.ts', import.meta.url));

/** A host with the real engine, over a store of its own; its api as a shell has it. */
export function realHost(home = temporaryHome()) {
  const store = openStore(join(home, 'store.sqlite'));
  const host = new RunHost({
    home,
    store,
    engineEntry: ENGINE,
    spawnEngine,
    engineEnvironment: spawnEnvironment(home, process.env),
    environment: { node: process.version },
    silence: SILENCE_LIMITS,
    now: Date.now,
    clock: () => performance.now(),
    signals: createRunSignals(),
  });
  /** Leaves the data folder to another process. */
  const close = async () => {
    if (!store.write.open) return;
    await host.close({ now: true });
    store.close();
  };
  onTestFinished(close);
  const client = createRouterClient(router, { context: ownContext(host) });
  return { host, client, close };
}

/** The last message of a job. */
export async function resultOf(stream: AsyncIterable<{ readonly kind: string; readonly result?: unknown }>) {
  let last: { readonly kind: string; readonly result?: unknown } = { kind: 'nothing' };
  for await (const message of stream) last = message;
  return last.result;
}
