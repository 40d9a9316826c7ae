import { get } from 'node:http';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import { attachToHost } from '../../src-main/attach/attach-to-host.ts';
import { hostSocket } from '../../src-main/attach/host-socket.ts';
import { serveHost } from '../../src-main/attach/serve-host.ts';
import type { RunHost } from '../../src-main/runs/run-host.ts';
import { type Behavior, CONFIG, fakeHost, spawnedPids } from '../runs/fake-host.ts';

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

const TRANSPORTS = { 'in process': inProcess, 'over a private socket': overSocket };

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
  const request = { config: CONFIG, baseFolder: process.cwd() };

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

  test('a wrong message is refused before it reaches the host', async () => {
    const { client } = await connected();
    const wrong = { run: 5 } as unknown as { run: string };
    expect(await caught(client.runs.get(wrong))).toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('a failure in the middle of a stream is typed too', async () => {
    const { client } = await connected({ at: 0, fault: 'fail' });
    const read = async () => {
      const stream = await client.jobs.score({ folder: '/', model: 'm', input: { rows: [{}] } });
      for await (const message of stream) expect(message).toBe('nothing comes');
    };
    expect(await caught(read())).toMatchObject({ code: 'loss_not_finite' });
  });

  test('a job that is canceled ends its engine', async () => {
    const { client } = await connected({ at: 0, fault: 'silence' });
    const abort = new AbortController();
    const read = async () => {
      const stream = await client.jobs.score(
        { folder: '/', model: 'm', input: { rows: [{}] } },
        { signal: abort.signal },
      );
      setTimeout(() => abort.abort(), 50);
      for await (const message of stream) expect(message).toBe('nothing comes');
      throw new Error('ended');
    };
    expect(await caught(read())).not.toMatchObject({ message: 'ended' });
    const pid = spawnedPids.at(-1) ?? 0;
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
  });

  test('numbers that JSON has no word for cross as they are', async () => {
    const { host, client } = await connected({ steps: 1 });
    const run = await client.runs.start(request);
    for await (const batch of await client.runs.watch({ run: run.id })) expect(batch.run.id).toBe(run.id);
    host.setup.store.write.exec('UPDATE metrics SET value = NULL WHERE step = 1');
    const rows = await client.runs.metrics({ run: run.id, keys: ['loss'] });
    expect(rows.map((row) => row.value)).toEqual([Number.NaN]);
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
