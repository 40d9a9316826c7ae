import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { createRouterClient } from '@orpc/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { decodeFloats, encodeFloats } from '#contract/float-array.ts';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import { attachToHost } from '../../src-main/attach/attach-to-host.ts';
import type { Connection } from '../../src-main/attach/open-host.ts';
import { hostSocket } from '../../src-main/attach/open-host.ts';
import type { ReconnectingHost } from '../../src-main/attach/reconnecting-host.ts';
import { serveHost } from '../../src-main/attach/serve-host.ts';
import { servePages } from '../../src-main/headless/serve-pages.ts';
import type { RunHost } from '../../src-main/runs/host/run-host.ts';
import { type Behavior, CONFIG, fakeHost, spawnedPids } from '../runs/fake-host.ts';
import { APA_CONFIG, BAD_CHANGES } from '../support/bad-changes.ts';
import { servePagePort } from '../support/page-port.ts';

const inProcess = async (host: RunHost): Promise<ApiClient> =>
  createRouterClient(router, { context: ownContext(host) });

async function overSocket(host: RunHost): Promise<ApiClient> {
  const socket = join(host.setup.home, 'test.sock');
  const server = await serveHost(host, socket);
  const attachment = await attachToHost(socket);
  onTestFinished(async () => {
    attachment.close();
    await server.close();
  });
  return attachment.client;
}

/** As the desktop's window is served. */
async function overPort(host: RunHost): Promise<ApiClient> {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  servePagePort(port2, host, ROOTS);
  return createORPCClient<ApiClient>(new PortLink({ port: port1, ...WIRE_NUMBERS }));
}

/** As a browser is served: through the headless shell's own checks. */
async function overHeadless(host: RunHost): Promise<ApiClient> {
  const server = await servePages({ host: lasting(host), pageFolder: PAGE, bind: '127.0.0.1', port: 0, roots: ROOTS });
  onTestFinished(() => server.close());
  const entered = await fetch(server.link()!, { redirect: 'manual' });
  const Cookie = entered.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const address = `ws://127.0.0.1:${server.port}/rpc`;
  const socket = new WebSocket(address, { headers: { Cookie, Origin: server.origin }, perMessageDeflate: false });
  await once(socket, 'open');
  return createORPCClient<ApiClient>(
    new SocketLink({ websocket: socket as unknown as globalThis.WebSocket, ...WIRE_NUMBERS }),
  );
}

/** A host that this process owns and keeps. */
function lasting(host: RunHost): ReconnectingHost {
  const connection = { owner: { host }, socket: '' } as unknown as Connection;
  return {
    connection: () => connection,
    onChange: () => undefined,
    broken: new Promise(() => undefined),
    close: async () => undefined,
  };
}

const TRANSPORTS = {
  'in process': inProcess,
  'over a private socket': overSocket,
  'over a MessagePort': overPort,
  'over the WebSocket of the headless shell': overHeadless,
};

const PAGE = fileURLToPath(new URL('../fixtures/page', import.meta.url));
const ROOTS = [process.cwd()];
const RUN = { config: CONFIG, baseFolder: process.cwd() };

/** Signal 0 asks only; the system answers ESRCH for a process that is gone. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function caught(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return fromTypedError(error);
  }
  throw new Error('nothing was thrown');
}

describe.each(Object.entries(TRANSPORTS))('%s', (_, connect) => {
  async function connected(behavior: Behavior = {}) {
    const host = fakeHost(behavior);
    return { host, client: await connect(host) };
  }
  const request = RUN;

  test('a run is started, watched to its end, and read', async () => {
    const { client } = await connected({ steps: 3 });
    const run = await client.runs.start(request);
    const batches = [];
    for await (const batch of await client.runs.watch({ run: run.id })) batches.push(batch);
    const told = batches.flatMap((batch) => batch.metrics).filter((row) => row.key === 'loss');
    expect(told.map((row) => row.value)).toEqual([1, 1 / 2, 1 / 3]);
    expect(batches.at(-1)).toMatchObject({ isCaughtUp: true, run: { state: 'finished' } });
    expect(await client.runs.metrics({ run: run.id, keys: ['loss'] })).toEqual(told);
    expect(await client.runs.list({})).toMatchObject([{ id: run.id }]);
    expect(await client.runs.get({ run: 'latest' })).toMatchObject({ id: run.id, config: { recipe: 'sft' } });
  });

  test('a watcher that comes back goes on where it was, without a gap or a duplicate', async () => {
    const { client } = await connected({ steps: 40, stepMilliseconds: 10 });
    const run = await client.runs.start(request);
    const steps: number[] = [];
    let after = 0;
    let watches = 0;
    for (let state = ''; state !== 'finished'; ) {
      watches += 1;
      for await (const batch of await client.runs.watch({ run: run.id, after })) {
        steps.push(...batch.metrics.filter((row) => row.key === 'loss').map((row) => row.step));
        after = batch.sequence;
        state = batch.isCaughtUp ? batch.run.state : '';
        if (batch.metrics.length > 0) break;
      }
    }
    expect(watches).toBeGreaterThan(2);
    expect(steps).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  test('an expected failure keeps its code, why, fix and faults', async () => {
    const { client } = await connected();
    expect(await caught(client.runs.get({ run: 'nope' }))).toMatchObject({ name: 'KeelError', code: 'run_unknown' });
    const invalid = await caught(client.runs.start({ ...request, config: 'recipe: sft' }));
    expect(invalid).toMatchObject({ code: 'config_invalid', faults: [{ where: 'model' }, { where: 'data.files' }] });
  });

  test('a change of anything but a live field inside its range is refused, and the record stays as it was', async () => {
    const { host, client } = await connected({ steps: 400, stepMilliseconds: 5, checkpointEvery: 1 });
    const { id } = await client.runs.start({ ...request, config: APA_CONFIG });
    for await (const batch of await client.runs.watch({ run: id })) if (batch.run.lastStep !== null) break;
    for (const [path, value, says] of BAD_CHANGES) {
      const message = expect.objectContaining({ code: 'change_refused', message: expect.stringMatching(says) });
      expect(await caught(client.runs.set({ run: id, path, value }))).toEqual(message);
      expect(await caught(client.runs.rollback({ run: id, step: 0, changes: [{ path, value }] }))).toEqual(message);
    }
    const kept = await client.runs.get({ run: id });
    expect([kept.changes, kept.attempts.length, host.activeRuns()]).toEqual([[], 1, [id]]);
    await client.runs.set({ run: id, path: 'method.apa_lambda', value: 2 });
    await expect
      .poll(async () => (await client.runs.get({ run: id })).changes)
      .toMatchObject([{ path: 'method.apa_lambda', value: 2 }]);
  });

  test('a wrong message is refused before it reaches the host', async () => {
    const { client } = await connected();
    const wrong = { run: 5 } as unknown as { run: string };
    expect(await caught(client.runs.get(wrong))).toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('a failure in the middle of a stream is typed too', async () => {
    const { client } = await connected({ at: 0, fault: 'fail' });
    const read = async () => {
      const stream = await client.jobs.score({ folder: process.cwd(), model: 'm', input: { rows: [{}] } });
      for await (const message of stream) expect(message).toBe('nothing comes');
    };
    expect(await caught(read())).toMatchObject({ code: 'loss_not_finite' });
  });

  test('a job that is canceled ends its engine', async () => {
    const { client } = await connected({ at: 0, fault: 'silence' });
    const abort = new AbortController();
    const read = async () => {
      const stream = await client.jobs.score(
        { folder: process.cwd(), model: 'm', input: { rows: [{}] } },
        { signal: abort.signal },
      );
      setTimeout(() => abort.abort(), 50);
      for await (const message of stream) expect(message).toBe('nothing comes');
      throw new Error('ended');
    };
    expect(await caught(read())).not.toMatchObject({ message: 'ended' });
    const pid = spawnedPids.at(-1) ?? 0;
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('float arrays come back bit for bit', async () => {
    const { client } = await connected();
    const floats = Float32Array.of(-0, 1 / 3, 2 ** -149, Number.NaN, Infinity, 3.4e38);
    new Uint32Array(floats.buffer)[3] = 0x7fa00001;
    const name = 'floats';
    await client.drafts.save({ name, text: encodeFloats(floats) });
    const back = decodeFloats((await client.drafts.get({ name }))!.text);
    expect(new Uint32Array(back.buffer)).toEqual(new Uint32Array(floats.buffer));
  });

  test('steps come merged, at most ten batches a second, and nothing is lost', async () => {
    const { client } = await connected({ steps: 600, stepMilliseconds: 2 });
    const run = await client.runs.start(request);
    const stream = await client.runs.watch({ run: run.id });
    const began = performance.now();
    const rows: number[] = [];
    let batches = 0;
    for await (const batch of stream) {
      batches += 1;
      rows.push(...batch.metrics.filter(({ key }) => key === 'loss').map(({ step }) => step));
    }
    const seconds = (performance.now() - began) / 1000;
    expect(rows).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    expect(batches).toBeLessThanOrEqual(10 * seconds + 3);
  });

  test('a stream that is left ends at its source', async () => {
    const { host, client } = await connected({ steps: 4000, stepMilliseconds: 10 });
    const run = await client.runs.start(request);
    let ended = 0;
    const watch = host.watch.bind(host);
    host.watch = async function* (...args) {
      try {
        yield* watch(...args);
      } finally {
        ended += 1;
      }
    };
    for await (const batch of await client.runs.watch({ run: run.id })) if (batch.metrics.length > 0) break;
    await expect.poll(() => ended).toBe(1);
  });

  test('numbers that JSON has no word for cross as they are', async () => {
    const { host, client } = await connected({ steps: 3 });
    const run = await client.runs.start(request);
    for await (const batch of await client.runs.watch({ run: run.id })) expect(batch.run.id).toBe(run.id);
    host.setup.store.write.exec(
      'UPDATE metrics SET value = CASE step WHEN 1 THEN NULL WHEN 2 THEN 9e999 ELSE -9e999 END',
    );
    const rows = await client.runs.metrics({ run: run.id, keys: ['loss'] });
    expect(rows.map((row) => row.value)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });
});

test('a socket that nobody answers is told as such', async () => {
  const home = fakeHost({}).setup.home;
  expect(await caught(attachToHost(hostSocket(home)))).toMatchObject({ code: 'host_unreachable' });
});

test('a plain request to the socket gets nothing', async () => {
  const host = fakeHost({});
  const socket = join(host.setup.home, 'test.sock');
  const server = await serveHost(host, socket);
  onTestFinished(() => server.close());
  const status = await new Promise((resolve, reject) => {
    get({ socketPath: socket, path: '/' }, (response) => resolve(response.statusCode)).on('error', reject);
  });
  expect(status).toBe(426);
});
