import { PORT_MESSAGE, RPC_PATH } from '#contract/page-connection.ts';
import { openPortLink } from './open-port-link.ts';
import { openSocketLink } from './open-socket-link.ts';
import type { PageLink } from './page-link.ts';

/** What the desktop's preload puts on the window; absent in a browser. */
export interface DesktopBridge {
  /** Asks the main process for a port; it arrives as a message of the window, {@link PORT_MESSAGE}. */
  openPort(): void;
  /** The path of a dropped file. */
  pathForFile(file: File): string;
}

declare global {
  interface Window {
    readonly keelDesktop?: DesktopBridge;
  }
}

function receivePort(bridge: DesktopBridge): Promise<MessagePort> {
  return new Promise((resolve) => {
    const listen = (event: MessageEvent) => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== PORT_MESSAGE || !port) return;
      window.removeEventListener('message', listen);
      resolve(port);
    };
    window.addEventListener('message', listen);
    bridge.openPort();
  });
}

/** The link of this page: by the port that was handed to it, or by a WebSocket to where the page came from. */
export async function connect(): Promise<PageLink> {
  const bridge = window.keelDesktop;
  if (bridge) return openPortLink(await receivePort(bridge));
  const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
  return openSocketLink(`${scheme}//${window.location.host}${RPC_PATH}`);
}
