import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApiClient, fromTypedError } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { CONFIG, fakeHost, watchAll } from '../../runs/fake-host.ts';
import { servePagePort } from '../../support/page-port.ts';

function served() {
  const host = fakeHost({ steps: 30, stepMilliseconds: 20 });
  const open = () => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    servePagePort(port2, host, [process.cwd()]);
    return port1;
  };
  const client = () => createORPCClient<ApiClient>(new RPCLink({ port: open(), ...WIRE_NUMBERS }));
  return { host, open, client };
}

describe('a page that was taken over', () => {
  test.each<[string, string | ArrayBuffer]>([
    ['text that is no JSON', 'hello'],
    ['JSON that is no message', 'null'],
    ['a message without a target', '{"i":"1","p":{}}'],
    ['bytes', new Uint8Array([255, 254]).buffer],
    ['a function’s name', '{"i":"1","p":{"u":7}}'],
  ])('%s ends its port and nothing else', async (_, message) => {
    const { host, open, client } = served();
    const bad = open();
    bad.postMessage(message);
    bad.on('message', () => undefined);
    await once(bad, 'close');
    expect(await client().runs.list({})).toEqual([]);
    expect(host.activeRuns()).toEqual([]);
  });

  test('foreign paths, unknown names and wrong types are refused by name; nothing tells of our files', async () => {
    const { client } = served();
    const page = client();
    const codeOf = (work: Promise<unknown>) => work.catch((error) => (fromTypedError(error) as { code: string }).code);
    expect(await codeOf(page.files.list({ folder: '/etc' }))).toBe('path_forbidden');
    expect(
      await codeOf(page.runs.start({ config: CONFIG.replace('some/model', '/etc'), baseFolder: process.cwd() })),
    ).toBe('path_forbidden');
    expect(await codeOf(page.runs.get({ run: 7 as unknown as string }))).toBe('BAD_REQUEST');
    const unknown = page as unknown as { runs: { eval(input: unknown): Promise<unknown> } };
    expect(await codeOf(unknown.runs.eval({}))).toBe('NOT_FOUND');
    const error = await page.files.list({ folder: '/etc' }).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error)).not.toMatch(/src-main|node_modules|\.ts/);
  });

  test('a flood that cannot be held ends its port, and the others are answered', async () => {
    const { open, client } = served();
    const flooding = open();
    flooding.on('message', () => undefined);
    for (let id = 0; id < 25_000; id += 1) flooding.postMessage(`{"i":"${id}","p":{"u":"/runs/list","b":{"json":{}}}}`);
    await once(flooding, 'close');
    expect(await client().runs.list({})).toEqual([]);
  });
});

test('a window that is reloaded touches no run, and catches up', async () => {
  const { host, client } = served();
  const run = await client().runs.start({ config: CONFIG, baseFolder: process.cwd() });
  const first = client();
  for await (const batch of await first.runs.watch({ run: run.id })) if (batch.metrics.length > 0) break;
  await watchAll(host, run.id);
  const rows = await client().runs.metrics({ run: run.id, keys: ['loss'] });
  expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
});
