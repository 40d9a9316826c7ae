import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { createStatus, type PageLink } from './page-link.ts';

/** Reaches the host over a port provided by the desktop app's preload script. */
export function openPortLink(port: MessagePort): PageLink {
  const status = createStatus('open');
  port.addEventListener('close', () => status.set('lost'));
  port.start();
  return {
    client: createORPCClient<ApiClient>(new RPCLink({ port, ...WIRE_NUMBERS })),
    onStatus: status.onStatus,
    close: () => port.close(),
  };
}
