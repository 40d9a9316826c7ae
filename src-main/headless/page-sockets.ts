import type { RawData, WebSocket } from 'ws';
import { openHostSocket } from '../attach/attach-to-host.ts';
import type { Connection } from '../attach/open-host.ts';
import { pageContext } from '../attach/page-context.ts';
import { serveSocket } from '../attach/serve-socket.ts';

/** Of the WebSocket protocol: come again in a moment. */
const AGAIN = 1012;
/** Bytes that wait for a side that does not read, above which the other side is not read either. */
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

/** Passes every message on as it is: calls are checked where they are answered, by the owner, with the page's rights. */
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

/** Connects a page with whoever owns the data folder now. */
export function connectPage(page: WebSocket, { owner, socket }: Connection, roots: readonly string[]): void {
  page.on('error', () => page.terminate());
  if (owner) serveSocket(page, pageContext(owner.host, roots));
  else forward(page, socket, roots).catch(() => page.close(AGAIN));
}

/** Tells all pages to come again: the host behind them is another one now. */
export function sendAway(pages: Iterable<WebSocket>): void {
  for (const page of pages) page.close(AGAIN, 'the host has changed');
}
