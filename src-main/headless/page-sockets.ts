import type { RawData, WebSocket } from 'ws';
import { openHostSocket } from '../attach/attach-to-host.ts';
import type { Connection } from '../attach/open-host.ts';
import { pageContext } from '../attach/page-context.ts';
import { serveSocket } from '../attach/serve-socket.ts';

/** WebSocket close code: service restart, reconnect later. */
const AGAIN = 1012;
/** Bytes waiting for a side that does not read; above this, reading from the other side is paused. */
const HIGH_WATER = 4 * 2 ** 20;
const LOOK_AGAIN_MILLISECONDS = 50;

function pump(from: WebSocket, to: WebSocket): void {
  const goOn = (): void => {
    if (to.bufferedAmount > HIGH_WATER / 2 && to.readyState === to.OPEN) setTimeout(goOn, LOOK_AGAIN_MILLISECONDS);
    else from.resume();
  };
  from.on('message', (data: RawData, isBinary: boolean) => {
    if (to.readyState !== to.OPEN) return;
    to.send(data, { binary: isBinary });
    if (to.bufferedAmount < HIGH_WATER || from.isPaused) return;
    from.pause();
    goOn();
  });
}

/** Forwards every message unchanged: the owner checks calls when it answers them, with the page's permissions. */
async function forward(page: WebSocket, socket: string, roots: readonly string[]): Promise<void> {
  page.pause();
  const owner = await openHostSocket(socket, { isFollower: true, pageRoots: roots });
  page.on('close', () => owner.close());
  owner.on('close', () => page.close(AGAIN));
  if (page.readyState !== page.OPEN) {
    owner.close();
    return;
  }
  pump(page, owner);
  pump(owner, page);
  page.resume();
}

/** Connects a page to the current owner of the data folder. */
export function connectPage(page: WebSocket, { owner, socket }: Connection, roots: readonly string[]): void {
  page.on('error', () => page.terminate());
  if (owner) serveSocket(page, pageContext(owner.host, roots));
  else forward(page, socket, roots).catch(() => page.close(AGAIN));
}

/** Disconnects all pages so that they reconnect, because the host has changed. */
export function sendAway(pages: Iterable<WebSocket>): void {
  for (const page of pages) page.close(AGAIN, 'the host has changed');
}
