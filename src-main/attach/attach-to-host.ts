import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket } from 'ws';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { KeelError } from '#contract/errors.ts';
import { type ShellKind, shellHeaders } from './shell-headers.ts';

export interface Attachment {
  readonly client: ApiClient;
  /** Where the owner listens. */
  readonly socket: string;
  /** Resolves when either side has ended the connection. */
  readonly ended: Promise<void>;
  close(): void;
}

const OPEN_MILLISECONDS = 10_000;
const LASTING: ShellKind = { isFollower: false, pageRoots: null };

/** Opens the private socket of the process that owns the data folder. Throws `host_unreachable`. */
export async function openHostSocket(socket: string, kind: ShellKind): Promise<WebSocket> {
  const address = process.platform === 'win32' ? `ws+unix:${socket}:/` : `ws+unix://${socket}:/`;
  const websocket = new WebSocket(address, {
    handshakeTimeout: OPEN_MILLISECONDS,
    perMessageDeflate: false,
    headers: shellHeaders(kind),
  });
  await new Promise<void>((resolve, reject) => {
    websocket.once('open', resolve);
    websocket.once('error', (error) => reject(unreachable(socket, error)));
  });
  websocket.on('error', () => websocket.terminate());
  return websocket;
}

/** Connects to the process that owns the data folder. Throws `host_unreachable`. */
export async function attachToHost(socket: string, kind: ShellKind = LASTING): Promise<Attachment> {
  const websocket = await openHostSocket(socket, kind);
  const ended = new Promise<void>((resolve) => websocket.once('close', () => resolve()));
  // ws implements the browser's interface; only its event types differ.
  const link = new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket, ...WIRE_NUMBERS });
  return { client: createORPCClient<ApiClient>(link), socket, ended, close: () => websocket.close() };
}

function unreachable(socket: string, cause: Error): KeelError {
  return new KeelError({
    code: 'host_unreachable',
    why: `Another Keel process owns the data folder but does not respond at ${socket}.`,
    fix: 'Wait until it has exited, or end it. `keel system` shows its process ID.',
    cause,
  });
}
