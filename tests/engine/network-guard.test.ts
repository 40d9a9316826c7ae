import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { runEngine } from '../support/engine-run.ts';
import { makeTinyWorld, tinyConfigs } from '../support/tiny-world.ts';

const ATTEMPTS = fileURLToPath(new URL('./network-attempts.ts', import.meta.url));
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

test('every way out of a process is refused by a typed error and counted once', () => {
  const answers = JSON.parse(execFileSync(process.execPath, [ATTEMPTS], { encoding: 'utf8' })) as object;
  expect(Object.keys(answers).length).toBeGreaterThan(15);
  expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((name) => [name, ['network_refused', 1]])));
});

describe('a run in an engine process of its own', () => {
  let config: Readonly<Record<string, unknown>>;
  const runFolder = () => mkdtempSync(join(tmpdir(), 'keel-network-'));

  beforeAll(async () => {
    const world = makeTinyWorld(await startRuntime({ binding: null, mode: 'eager' }), runFolder());
    config = tinyConfigs(world, 2).sft as Readonly<Record<string, unknown>>;
  });

  const told = (events: readonly { readonly kind: string }[]) => events.filter(({ kind }) => kind === 'network');

  test('tells at its start and at its end that nothing went out', async () => {
    const { events } = await runEngine({ config, runFolder: runFolder(), resumeFrom: null });
    expect(events.at(-1)?.kind).toBe('summary');
    const openSockets = process.platform === 'linux' ? 0 : null;
    const quiet = { kind: 'network', calls: 0, last: null, openSockets };
    expect(told(events)).toEqual([expect.objectContaining(quiet), expect.objectContaining(quiet)]);
  });

  test('refuses and tells what a package tries in the middle of it; the server that was meant hears nothing', async () => {
    let heard = 0;
    const server = createServer((_, response) => {
      heard += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/beacon`;
    const intruder = `process.once('message', () => fetch('${address}').catch(() => undefined))`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(intruder)}` };
    const { events } = await runEngine({ config, runFolder: runFolder(), resumeFrom: null, env });
    expect(events.at(-1)?.kind).toBe('summary');
    expect(told(events).at(-1)).toMatchObject({ calls: 1, last: { api: 'globalThis.fetch', target: address } });
    expect(heard).toBe(0);
  });

  test.runIf(has('strace', '-o', '/dev/null', 'true'))(
    'makes no system call that connects, binds or sends to an address, native library included',
    async () => {
      const folder = runFolder();
      const trace = join(folder, 'calls.txt');
      const wrap = ['strace', '-f', '-qq', '-e', 'trace=connect,bind,sendto,sendmsg,sendmmsg', '-o', trace];
      const { events } = await runEngine({ config, runFolder: folder, resumeFrom: null, wrap });
      expect(events.at(-1)?.kind).toBe('summary');
      expect(readFileSync(trace, 'utf8')).not.toMatch(/AF_INET/);
    },
  );
});
