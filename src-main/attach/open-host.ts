import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRouterClient } from '@orpc/server';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { ownContext } from '../api/base.ts';
import { router } from '../api/router.ts';
import { withClusters } from '../clusters/spawn-on-cluster.ts';
import { forgetDatasets } from '../library/dataset-library.ts';
import { withLibrary } from '../library/known-models.ts';
import { forgetModels } from '../library/model-library.ts';
import { STORE_FILE } from '../runs/backup/repair-home.ts';
import { describeEnvironment } from '../runs/diagnostics/describe-environment.ts';
import { SILENCE_LIMITS } from '../runs/engine/drive-engine.ts';
import { spawnEngine } from '../runs/engine/engine-process.ts';
import { spawnEnvironment } from '../runs/engine/spawn-environment.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { RunHost } from '../runs/host/run-host.ts';
import { createRunSignals } from '../runs/host/run-signals.ts';
import { whereStoreHasRoom } from '../runs/host/unstored-ends.ts';
import { backUpDaily } from '../store/backup-store.ts';
import { type HostLock, readHostRecord, takeHostLock } from '../store/host-lock.ts';
import { openStore } from '../store/open-store.ts';
import { type Attachment, attachToHost } from './attach-to-host.ts';
import { type HostServer, serveHost } from './serve-host.ts';

/** The kernel limits the path of a Unix socket, including the terminating zero, to 104 to 108 bytes. */
const LONGEST_PATH = 100;

/** Where the owner of a data folder listens: a Unix socket inside the folder, or a named pipe on Windows. */
export function hostSocket(home: string, platform: NodeJS.Platform = process.platform): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\keel-${name}`;
  const inside = join(home, 'host.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH) return inside;
  return join(tmpdir(), `keel-${userInfo().uid}-${name}.sock`);
}

const ENGINE = fileURLToPath(new URL('../engine/process.ts', import.meta.url));

/** The API, either in this process or through a socket. */
export interface Connection {
  readonly client: ApiClient;
  /** Set if this process owns the data folder. */
  readonly owner: { readonly host: RunHost; readonly server: HostServer } | null;
  /** The private socket of the process that owns the data folder. */
  readonly socket: string;
  /** One-time notices about the data folder for the owner, such as that it has moved or is a copy. */
  readonly notices: readonly string[];
  /** Resolves when an attached host has exited; never for the owner. */
  readonly lost: Promise<void>;
  /** Disconnects. The owner first ends its runs, with checkpoints or immediately; a second call can hurry the first. */
  close(options?: { readonly now?: boolean }): Promise<void>;
}

export interface OpenOptions {
  /** The data folder. */
  readonly home: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Entry point of the engine process; tests use another one. */
  readonly engineEntry?: string;
  /** If this process becomes the owner, it continues the queue of an owner that died: it will stay for its runs. */
  readonly takesUpQueue?: boolean;
  /** This shell reopens the folder when its owner exits, so the owner does not have to wait for it. */
  readonly isFollower?: boolean;
}

/** Creates the host of a data folder; closes the store if that fails. */
function openRuns(setup: HostSetup): RunHost {
  try {
    return new RunHost(setup);
  } catch (error) {
    setup.store.close();
    throw error;
  }
}

async function own(
  { home, environment = process.env, engineEntry = ENGINE, takesUpQueue = false }: OpenOptions,
  lock: HostLock,
  socket: string,
): Promise<Connection> {
  const store = openStore(join(home, STORE_FILE));
  const host = openRuns({
    home,
    store,
    engineEntry,
    spawnEngine: withClusters(home, spawnEngine),
    engineEnvironment: withLibrary(store.read, spawnEnvironment(home, environment)),
    environment: describeEnvironment(home, environment),
    silence: SILENCE_LIMITS,
    now: Date.now,
    clock: () => performance.now(),
    signals: createRunSignals(),
  });
  const { notice } = host.identity;
  const notices = notice ? [notice] : [];
  whereStoreHasRoom(() => notices.push(...forgetDatasets(host.setup), ...forgetModels(host.setup)));
  const server = await serveHost(host, socket);
  const leave = async () => {
    await host.idle();
    await server.close();
    whereStoreHasRoom(() => backUpDaily(store, new Date()));
    store.close();
    lock.release();
  };
  if (takesUpQueue) host.takeUpQueue();
  let leaving: Promise<void> | null = null;
  return {
    client: createRouterClient(router, { context: ownContext(host) }),
    owner: { host, server },
    socket,
    notices,
    lost: new Promise(() => undefined),
    close: async (options) => {
      await host.close(options);
      leaving ??= leave();
      await leaving;
    },
  };
}

function attached({ client, socket, ended, close }: Attachment): Connection {
  return {
    client,
    owner: null,
    socket,
    notices: [],
    lost: ended,
    close: async () => {
      close();
      await ended;
    },
  };
}

const PATIENCE_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 200;

/**
 * Opens a data folder: takes ownership if no process has it, otherwise attaches to the owner. The owner may be starting
 * up or shutting down, so both are retried for a while.
 * Throws `host_unreachable` and whatever opening the store throws.
 */
export async function openHost(options: OpenOptions): Promise<Connection> {
  const { home, isFollower = false } = options;
  const kind = { isFollower, pageRoots: null };
  const socket = hostSocket(home);
  const until = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const lock = takeHostLock(home, socket, Date.now());
    if (lock) {
      return await own(options, lock, socket).catch((error: unknown) => {
        lock.release();
        throw error;
      });
    }
    const attachment = await attachToHost(readHostRecord(home)?.socket ?? socket, kind).catch((error: unknown) => {
      if (!(error instanceof KeelError) || performance.now() > until) throw error;
      return null;
    });
    if (attachment) return attached(attachment);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
}
