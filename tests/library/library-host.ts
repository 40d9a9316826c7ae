import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRouterClient } from '@orpc/server';
import { onTestFinished } from 'vitest';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import { SILENCE_LIMITS } from '../../src-main/runs/engine/drive-engine.ts';
import { spawnEngine } from '../../src-main/runs/engine/engine-process.ts';
import { spawnEnvironment } from '../../src-main/runs/engine/spawn-environment.ts';
import type { HostSetup } from '../../src-main/runs/host/host-setup.ts';
import { RunHost } from '../../src-main/runs/host/run-host.ts';
import { createRunSignals } from '../../src-main/runs/host/run-signals.ts';
import { WarmEngines } from '../../src-main/runs/host/warm-engines.ts';
import { openStore } from '../../src-main/store/open-store.ts';

const ENGINE = fileURLToPath(new URL('../../src-main/engine/process.ts', import.meta.url));

export interface LibraryHost {
  readonly home: string;
  readonly host: RunHost;
  readonly setup: HostSetup;
  readonly client: ApiClient;
  /** Lets the host's clock go on. */
  readonly wait: (milliseconds: number) => void;
  /** Engine processes started so far. */
  readonly spawned: () => number;
}

/** A host over a real store and real engines, in pure JavaScript: they start fast, and readers need no TensorFlow. */
export function libraryHost({ warm = new WarmEngines() } = {}): LibraryHost {
  const home = mkdtempSync(join(tmpdir(), 'keel-library-'));
  let waited = 0;
  let spawned = 0;
  const setup: HostSetup = {
    home,
    store: openStore(join(home, 'store.sqlite')),
    engineEntry: ENGINE,
    spawnEngine: (request) => {
      spawned += 1;
      return spawnEngine(request);
    },
    engineEnvironment: spawnEnvironment(home, { ...process.env, KEEL_ENGINE_BINDING: '' }),
    environment: { node: process.version },
    silence: SILENCE_LIMITS,
    now: () => Date.now() + waited,
    clock: () => performance.now(),
    signals: createRunSignals(),
  };
  const host = new RunHost(setup, warm);
  onTestFinished(async () => {
    await host.close({ now: true });
    setup.store.close();
    rmSync(home, { recursive: true, force: true });
  });
  const client = createRouterClient(router, { context: ownContext(host) });
  const wait = (milliseconds: number) => {
    waited += milliseconds;
  };
  return { home, host, setup, client, wait, spawned: () => spawned };
}

/** The result of a stream, after all of its messages. */
export async function resultOf<Result>(
  stream: Promise<AsyncIterable<{ readonly kind: string; readonly result?: Result }>>,
): Promise<Result> {
  for await (const message of await stream) if (message.kind === 'result') return message.result as Result;
  throw new Error('the stream ended without a result');
}
