import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { beat } from '../../src-main/headless/serve-pages.ts';
import { CONFIG } from '../runs/fake-host.ts';
import { clientOver, closed, enter, openPage, serve } from './headless-server.ts';
import { sendRaw, upgrade } from './raw-http.ts';

const request = { config: CONFIG, baseFolder: process.env.HOME ?? '/root' };
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error) => (fromTypedError(error) as { code: string }).code,
  );

describe('what a page may send', () => {
  test('a message above the limit ends its socket, by one frame or by many, and no other', async () => {
    const served = await serve();
    const cookie = await enter(served);
    const [good, large, split] = await Promise.all([
      openPage(served, cookie),
      openPage(served, cookie),
      openPage(served, cookie),
    ]);
    large.send('x'.repeat(17 * 2 ** 20));
    const piece = 'x'.repeat(2 ** 20);
    for (let count = 0; count < 20; count += 1) split.send(piece, { fin: false });
    expect(await Promise.all([closed(large), closed(split)])).toEqual([1009, 1009]);
    expect(await clientOver(good).runs.list({})).toEqual([]);
  });

  test('compression is not spoken, so nothing small can become large', async () => {
    const served = await serve();
    const lines = [
      ['Host', served.host],
      ['Origin', served.origin],
      ['Cookie', await enter(served)],
    ] as const;
    const offer = ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'] as const;
    const { status, headers } = await sendRaw(served.port, upgrade('/rpc', [...lines, offer]));
    expect([status, headers['sec-websocket-extensions']]).toEqual([101, undefined]);
  });

  test.each([
    ['no JSON', 'hello'],
    ['no message', 'null'],
    ['a number', '7'],
    ['bytes', Buffer.from([0, 255, 1, 2])],
    ['a message without a target', '{"i":"1","p":{}}'],
  ])('%s: its socket ends, the host goes on', async (_, message) => {
    const served = await serve();
    const cookie = await enter(served);
    const bad = await openPage(served, cookie);
    bad.send(message);
    expect(await closed(bad)).toBe(1007);
    expect(await clientOver(await openPage(served, cookie)).runs.list({})).toEqual([]);
  });

  test('unknown names, wrong types, forged ids and SQL get typed answers without a stack or a path of ours', async () => {
    const served = await serve();
    const page = await openPage(served);
    const client = clientOver(page);
    const answers: string[] = [];
    page.on('message', (data) => answers.push(String(data)));
    const unknown = client as unknown as Record<string, Record<string, (input?: unknown) => Promise<unknown>>>;
    expect(await codeOf(unknown.runs!.eval!())).toBe('NOT_FOUND');
    for (const name of ['constructor', '__proto__', 'toString']) {
      page.send(`{"i":"x-${name}","p":{"u":"/runs/${name}","b":{"json":{}}}}`);
      await expect.poll(() => answers.find((answer) => answer.includes(`x-${name}`))).toContain('"s":404');
    }
    expect(await codeOf(client.runs.get({ run: { $gt: '' } as unknown as string }))).toBe('BAD_REQUEST');
    for (const run of ["' OR 1=1 --", '../../etc', '%', '20260101-000000-x', 'a'.repeat(100_000)])
      expect(await codeOf(client.runs.get({ run }))).toBe('run_unknown');
    expect(await codeOf(client.runs.start({ ...request, config: '{"__proto__": {"a": 1}}' }))).toBe('config_invalid');
    expect(answers.length).toBeGreaterThan(8);
    expect(answers.join('\n')).not.toMatch(/\.ts:|node_modules|src-main|at [A-Z]\w+\./);
  });

  test('a flood of calls: the host answers another page between them, and each of them in the end', async () => {
    const calls = 4000;
    const served = await serve();
    const cookie = await enter(served);
    const [flooding, calm] = await Promise.all([openPage(served, cookie), openPage(served, cookie)]);
    const codes: string[] = [];
    flooding.on('message', (data) => codes.push(/"code":"(too_many_calls)"/.exec(String(data))?.[1] ?? 'answered'));
    for (let id = 0; id < calls; id += 1) flooding.send(`{"i":"${id}","p":{"u":"/runs/list","b":{"json":{}}}}`);
    await expect.poll(() => codes.length).toBeGreaterThan(0);
    expect(await clientOver(calm).runs.list({})).toEqual([]);
    expect(codes.length).toBeLessThan(calls / 2);
    await expect.poll(() => codes.length).toBe(calls);
    expect(codes.slice(0, 1400)).toEqual(Array.from({ length: 1400 }, () => 'answered'));
  });

  test('streams that are left open are counted, and freed when they are left', async () => {
    const served = await serve({ steps: 4000, stepMilliseconds: 20 });
    const client = clientOver(await openPage(served));
    const run = await client.runs.start(request);
    const abort = new AbortController();
    const open = async () => {
      const stream = await client.runs.watch({ run: run.id }, { signal: abort.signal });
      await stream.next();
      return stream;
    };
    const streams = await Promise.all(Array.from({ length: 200 }, open));
    expect(streams).toHaveLength(200);
    expect(await codeOf(open())).toBe('too_many_calls');
    abort.abort();
    await expect.poll(() => codeOf(client.runs.list({}))).toBe('answered');
  });
});

test('a 33rd page is refused until another one leaves', async () => {
  const served = await serve();
  const cookie = await enter(served);
  const pages = await Promise.all(Array.from({ length: 32 }, () => openPage(served, cookie)));
  await expect(openPage(served, cookie)).rejects.toThrow('503');
  const gone = closed(pages[0]!);
  pages[0]!.close();
  await gone;
  await expect
    .poll(() =>
      openPage(served, cookie).then(
        () => 'in',
        () => 'out',
      ),
    )
    .toBe('in');
});

describe('the heartbeat', () => {
  const open = async () => {
    const served = await serve();
    const page = await openPage(served);
    return { page, sockets: () => [page] };
  };

  test('ends a socket that does not answer, and not one that does', async () => {
    const served = await serve();
    const cookie = await enter(served);
    const alive = await openPage(served, cookie);
    const server = new WebSocket(`ws://${served.host}/rpc`, {
      headers: { Origin: served.origin, Cookie: cookie },
      autoPong: false,
    });
    await new Promise((resolve) => server.once('open', resolve));
    const stop = beat(
      () => [alive],
      () => performance.now(),
      20,
    );
    onTestFinished(stop);
    await new Promise((resolve) => alive.once('pong', resolve));
    await new Promise((resolve) => alive.once('pong', resolve));
    expect(alive.readyState).toBe(WebSocket.OPEN);
    server.terminate();
  });

  test('a beat that comes late, as after a sleep, ends nobody', async () => {
    const { page, sockets } = await open();
    let [now, beats] = [0, 0];
    page.ping = () => {
      beats += 1;
    };
    // Every beat seems an hour after the last one: nobody had the time to answer.
    const stop = beat(sockets, () => (now += 3_600_000), 10);
    onTestFinished(stop);
    await expect.poll(() => beats).toBeGreaterThan(3);
    expect(page.readyState).toBe(WebSocket.OPEN);
  });

  test('silence over a whole beat is the end', async () => {
    const { page, sockets } = await open();
    page.ping = () => undefined;
    const gone = closed(page);
    onTestFinished(beat(sockets, () => performance.now(), 50));
    expect(await gone).toBe(1006);
  });
});
