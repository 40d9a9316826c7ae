import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { WebSocket as ReconnectingSocket } from 'partysocket';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { createStatus, type PageLink } from './page-link.ts';

/**
 * Reaches the host over a WebSocket that reconnects automatically. A call in progress when the connection breaks
 * fails; readers of streams resume them.
 */
export function openSocketLink(address: string): PageLink {
  const socket = new ReconnectingSocket(address, [], { minReconnectionDelay: 250, maxReconnectionDelay: 4000 });
  const status = createStatus('connecting');
  socket.addEventListener('open', () => status.set('open'));
  socket.addEventListener('close', () => status.set('lost'));
  // partysocket implements the browser's interface; only its event types differ.
  const link = new RPCLink({ websocket: socket as unknown as WebSocket, ...WIRE_NUMBERS });
  return {
    client: createORPCClient<ApiClient>(link),
    onStatus: status.onStatus,
    close: () => socket.close(),
  };
}
