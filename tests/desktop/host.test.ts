import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { openHost } from '../../src-main/attach/open-host.ts';
import type { FromHost } from '../../src-main/desktop/desktop-protocol.ts';
import { type HostChild, startHostChild } from '../../src-main/desktop/host-child.ts';
import { CONFIG, FAKE_ENGINE, temporaryHome } from '../runs/fake-host.ts';

const ENTRY = fileURLToPath(new URL('./fake-desktop.ts', import.meta.url));
const USER = process.env.HOME ?? '/root';
const request = { config: CONFIG, baseFolder: USER };

/** The host's real process, and pages whose messages go the way they go in the app. */
async function desk(behavior: Record<string, unknown> = {}, home = temporaryHome()) {
  const environment = { ...process.env, KEEL_HOME: home, KEEL_FAKE: JSON.stringify(behavior) };
  const child: HostChild = startHostChild({ node: process.execPath, entry: ENTRY, environment });
  const said: FromHost[] = [];
  const ports = new Map<number, MessagePort>();
  const exited = new Promise<number | null>((resolve) => child.onExit(resolve));
  onTestFinished(async () => {
    child.send({ kind: 'end' });
    await exited;
  });
  child.onMessage((message) => {
    said.push(message);
    if (message.kind === 'message') ports.get(message.page)?.postMessage(message.data);
    if (message.kind === 'closed') ports.get(message.page)?.close();
  });
  const saying = (kind: FromHost['kind']) => said.filter((message) => message.kind === kind);
  await expect.poll(() => saying('ready').length + saying('failed').length).toBe(1);
  let pages = 0;
  const open = () => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    pages += 1;
    const page = pages;
    ports.set(page, port2);
    port2.on('message', (data: string) => child.send({ kind: 'message', page, data }));
    child.send({ kind: 'open', page });
    return { page, port: port1, client: createORPCClient<ApiClient>(new RPCLink({ port: port1, ...WIRE_NUMBERS })) };
  };
  return { home, child, said, saying, open, exited };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'allowed',
    (error) => (fromTypedError(error) as { code: string }).code,
  );

describe('the host of the desktop', () => {
  test('answers pages, tells what is under way and how it ended, and ends when it is told to', async () => {
    const { child, saying, open, exited } = await desk({ steps: 20, stepMilliseconds: 30 });
    const { client } = open();
    const run = await client.runs.start({ ...request, name: 'first' });
    for await (const batch of await client.runs.watch({ run: run.id })) expect(batch.run.id).toBe(run.id);
    await expect
      .poll(() => saying('ended'))
      .toEqual([{ kind: 'ended', name: 'first', state: 'finished', problem: null }]);
    const activity = saying('activity');
    expect(activity[0]).toMatchObject({ runs: [{ id: run.id, name: 'first' }] });
    expect(activity.at(-1)).toEqual({ kind: 'activity', runs: [] });
    child.send({ kind: 'end' });
    expect(await exited).toBe(0);
  });

  test('tells of a run that the doctor holds, and not of one that a person has paused', async () => {
    const { saying, open } = await desk({ steps: 4000, stepMilliseconds: 5, sickAt: 30 });
    const { client } = open();
    const run = await client.runs.start({ ...request, name: 'sick' });
    const paused = () => saying('activity').filter((one) => JSON.stringify(one).includes('"paused"')).length;
    await client.runs.pause({ run: run.id });
    await expect.poll(paused).toBeGreaterThan(0);
    await client.runs.unpause({ run: run.id });
    await expect.poll(() => saying('held')).toEqual([{ kind: 'held', name: 'sick', why: 'entropy is gone' }]);
    await client.runs.stop({ run: run.id });
    await expect.poll(() => saying('ended').length).toBe(1);
  });

  test('a page reads what was dropped, in this page and the next, and what was chosen in a dialog; nothing else', async () => {
    const { child, saying, open } = await desk();
    const outside = realpathSync(temporaryHome());
    mkdirSync(join(outside, 'dropped'));
    mkdirSync(join(outside, 'chosen'));
    const list = (client: ApiClient, name: string) => codeOf(client.files.list({ folder: join(outside, name) }));
    const first = open().client;
    expect(await list(first, 'dropped')).toBe('path_forbidden');
    child.send({ kind: 'grant', path: join(outside, 'dropped') });
    child.send({ kind: 'grant', path: join(outside, 'gone again') });
    const second = open().client;
    expect([await list(first, 'dropped'), await list(second, 'dropped')]).toEqual(['allowed', 'allowed']);
    const picking = first.files.pick({ what: 'folder', title: 'Data' });
    await expect.poll(() => saying('pick')).toMatchObject([{ request: { what: 'folder', title: 'Data' } }]);
    const [pick] = saying('pick') as Extract<FromHost, { kind: 'pick' }>[];
    child.send({ kind: 'picked', id: pick!.id, paths: [join(outside, 'chosen')] });
    expect(await picking).toEqual({ paths: [join(outside, 'chosen')] });
    expect([await list(first, 'chosen'), await list(first, '.')]).toEqual(['allowed', 'path_forbidden']);
    expect((await first.files.roots()).hasDialogs).toBe(true);
  });

  test('a page that says nonsense loses its port, the next one is answered', async () => {
    const { saying, open } = await desk();
    const bad = open();
    bad.port.postMessage('nonsense');
    await expect.poll(() => saying('closed')).toEqual([{ kind: 'closed', page: bad.page }]);
    expect(await open().client.runs.list({})).toEqual([]);
  });

  test('before sleep every run writes a checkpoint', async () => {
    const { child, open } = await desk({ steps: 4000, stepMilliseconds: 20, checkpointEvery: 10_000 });
    const { client } = open();
    const { id: run } = await client.runs.start(request);
    for await (const batch of await client.runs.watch({ run })) if (batch.metrics.length > 0) break;
    child.send({ kind: 'checkpoint' });
    await expect.poll(async () => (await client.runs.get({ run })).checkpoints.length).toBe(1);
  });

  test('ending during a run stops it with a checkpoint, and it can go on', async () => {
    const first = await desk({ steps: 4000, stepMilliseconds: 20, checkpointEvery: 10_000 });
    const { client } = first.open();
    const { id: run } = await client.runs.start(request);
    for await (const batch of await client.runs.watch({ run })) if (batch.metrics.length > 0) break;
    first.child.send({ kind: 'end' });
    expect(await first.exited).toBe(0);
    const again = (await desk({ steps: 5 }, first.home)).open().client;
    expect(await again.runs.get({ run })).toMatchObject({ state: 'stopped', checkpoints: [{}] });
  });

  test('when a terminal owns the data folder, pages are passed on to it, and the host takes over at its end', async () => {
    const home = temporaryHome();
    const environment = { ...process.env, KEEL_FAKE: '{"steps":3}' };
    const owner = await openHost({ home, environment, engineEntry: FAKE_ENGINE });
    const { saying, open } = await desk({ steps: 2 }, home);
    const page = open();
    await owner.client.runs.start({ ...request, name: 'theirs' });
    await expect
      .poll(async () => (await page.client.runs.list({})).map(({ name, state }) => [name, state]))
      .toEqual([['theirs', 'finished']]);
    expect(await codeOf(page.client.files.list({ folder: '/etc' }))).toBe('path_forbidden');
    await owner.close();
    await expect.poll(() => saying('closed').length).toBeGreaterThan(0);
    await expect.poll(() => codeOf(open().client.runs.start(request))).toBe('allowed');
  });

  test('a data folder that cannot be opened is told in words', async () => {
    const { saying, exited } = await desk({}, '/dev/null/nowhere');
    expect(saying('failed')).toMatchObject([{ error: { why: expect.any(String), fix: expect.any(String) } }]);
    expect(await exited).toBe(1);
  });
});
