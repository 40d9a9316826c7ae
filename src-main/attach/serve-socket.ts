import { RPCHandler } from '@orpc/server/websocket';
import type { RawData, WebSocket } from 'ws';
import type { ApiContext } from '../api/base.ts';
import { router } from '../api/router.ts';

const handler = new RPCHandler(router);

/** Messages a page may send at once and in a second; above that its socket is not read for a moment. */
const BURST_MESSAGES = 3000;
const MESSAGES_PER_SECOND = 2000;
const PAUSE_MILLISECONDS = 100;
/** Of the WebSocket protocol: the other side sent what cannot be understood. */
const UNREADABLE = 1007;

/**
 * oRPC awaits each send before it takes the next message of a stream. So a send that ends when the system has taken the
 * bytes is backpressure: a reader that stalls has one batch waiting, whatever happens meanwhile.
 */
function patientPeer(socket: WebSocket) {
  return {
    send: (data: string | ArrayBufferLike | Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        socket.send(data, (error) => (error ? reject(error) : resolve()));
      }),
  };
}

function messageOf(data: RawData, isBinary: boolean): string | ArrayBuffer {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
  return isBinary ? new Uint8Array(bytes).buffer : bytes.toString('utf8');
}

/** Answers the calls that come over a socket, until it closes. */
export function serveSocket(socket: WebSocket, context: ApiContext): void {
  // The handler knows a peer by its identity and uses nothing of it but `send`.
  const peer = patientPeer(socket) as unknown as globalThis.WebSocket;
  socket.on('error', () => socket.terminate());
  socket.on('close', () => handler.close(peer));
  socket.on('message', (data, isBinary) => {
    handler.message(peer, messageOf(data, isBinary), { context }).catch(() => socket.close(UNREADABLE));
  });
}

/** Stops reading a socket that floods: the sender has to wait, and nothing of it is lost. */
export function slowFlood(socket: WebSocket, clock: () => number): void {
  let [left, last] = [BURST_MESSAGES, clock()];
  socket.on('message', () => {
    const now = clock();
    left = Math.min(BURST_MESSAGES, left + ((now - last) / 1000) * MESSAGES_PER_SECOND) - 1;
    last = now;
    if (left > 0 || socket.isPaused) return;
    socket.pause();
    setTimeout(() => socket.resume(), PAUSE_MILLISECONDS);
  });
}
