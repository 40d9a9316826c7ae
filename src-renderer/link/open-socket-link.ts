import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket as ReconnectingSocket } from 'partysocket';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { createStatus, type PageLink } from './page-link.ts';

/**
 * Reaches the host by a WebSocket that comes back by itself. A call that was under way when the connection broke
 * fails; streams are taken up again by whoever reads them.
 */
export function openSocketLink(address: string): PageLink {
  const socket = new ReconnectingSocket(address, [], { minReconnectionDelay: 250, maxReconnectionDelay: 4000 });
  const status = createStatus('connecting');
  socket.addEventListener('open', () => status.set('open'));
  socket.addEventListener('close', () => status.set('lost'));
  // partysocket speaks the browser's interface; only its event types are its own.
  const link = new RPCLink({ websocket: socket as unknown as WebSocket, ...WIRE_NUMBERS });
  return {
    client: createORPCClient<ApiClient>(link),
    onStatus: status.onStatus,
    close: () => socket.close(),
  };
}
