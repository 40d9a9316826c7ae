import { cpSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { type Headless, startHeadless } from '../../src-main/headless/start-headless.ts';
import { type Behavior, FAKE_ENGINE, temporaryHome } from '../runs/fake-host.ts';
import { request, sendRaw } from './raw-http.ts';

const PAGE = fileURLToPath(new URL('../fixtures/page', import.meta.url));

export interface Served extends Headless {
  readonly home: string;
  readonly pageFolder: string;
  readonly port: number;
  readonly host: string;
  readonly origin: string;
}

/** A copy of the built page that a test may change. */
export function pageCopy(): string {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'keel-page-'))), 'page');
  cpSync(PAGE, folder, { recursive: true });
  return folder;
}

/** The real headless shell over a real store, with engines that compute nothing. */
export async function serve(
  behavior: Behavior = {},
  home = temporaryHome(),
  roots: readonly string[] = [],
): Promise<Served> {
  const pageFolder = pageCopy();
  const environment = { ...process.env, KEEL_FAKE: JSON.stringify(behavior) };
  const options = { home, environment, engineEntry: FAKE_ENGINE, pageFolder, bind: '127.0.0.1', port: 0, roots };
  const headless = await startHeadless(options);
  let isOpen = true;
  const close = async (how?: { readonly now?: boolean }) => {
    if (isOpen) await headless.close(how);
    isOpen = false;
  };
  onTestFinished(() => close({ now: true }));
  const { port, origin } = headless.server;
  return { ...headless, close, home, pageFolder, port, origin, host: `127.0.0.1:${port}` };
}

export function tokenOf(link: string | null): string {
  return new URL(link ?? '').searchParams.get('token') ?? '';
}

/** Goes in by the link; gives the Cookie header's value. */
export async function enter({ port, host, server }: Served): Promise<string> {
  const answer = await sendRaw(
    port,
    request(`/enter?token=${tokenOf(server.link() ?? server.renew())}`, [['Host', host]]),
  );
  return (answer.headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
}

/** A page's own WebSocket, opened as a browser opens it. */
export async function openPage(served: Served, cookie?: string): Promise<WebSocket> {
  const Cookie = cookie ?? (await enter(served));
  const headers = { Origin: served.origin, Cookie };
  const socket = new WebSocket(`ws://${served.host}/rpc`, { headers, perMessageDeflate: false });
  onTestFinished(() => socket.terminate());
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}

export function clientOver(socket: WebSocket): ApiClient {
  return createORPCClient<ApiClient>(
    new RPCLink({ websocket: socket as unknown as globalThis.WebSocket, ...WIRE_NUMBERS }),
  );
}

export function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}
