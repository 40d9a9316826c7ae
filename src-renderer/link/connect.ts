import { PORT_MESSAGE, RPC_PATH } from '#contract/page-connection.ts';
import { openPortLink } from './open-port-link.ts';
import { openSocketLink } from './open-socket-link.ts';
import type { PageLink } from './page-link.ts';

/** What the desktop app's preload script exposes on the window; absent in a browser. */
export interface DesktopBridge {
  /** Requests a port from the main process; it arrives as a window message, {@link PORT_MESSAGE}. */
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

/** Opens this page's link: over the port it was given, or over a WebSocket to the page's own origin. */
export async function connect(): Promise<PageLink> {
  const bridge = window.keelDesktop;
  if (bridge) return openPortLink(await receivePort(bridge));
  const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
  return openSocketLink(`${scheme}//${window.location.host}${RPC_PATH}`);
}
