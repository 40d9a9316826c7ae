import { RPCHandler } from '@orpc/server/websocket';
import type { RawData, WebSocket } from 'ws';
import type { ApiContext } from '../api/base.ts';
import { router } from '../api/router.ts';

const handler = new RPCHandler(router);

/** Messages taken in one turn of the event loop: a burst of one side leaves room for all others between. */
const A_TURN = 10;
/** Messages that wait, above which the socket is not read. */
const MOST_WAITING = 200;
/** Messages that may come at once and in a second; above that, the sender waits. */
const BURST_MESSAGES = 2000;
const MESSAGES_PER_SECOND = 1000;
const PAUSE_MILLISECONDS = 50;
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

/** Hands messages on in their order, a few a turn; nothing is lost, the sender waits instead. */
function createIntake(socket: WebSocket, handle: (message: string | ArrayBuffer) => void, clock: () => number) {
  const waiting: (string | ArrayBuffer)[] = [];
  let [left, last, isTurning] = [BURST_MESSAGES, clock(), false];
  const refill = () => {
    const now = clock();
    left = Math.min(BURST_MESSAGES, left + ((now - last) / 1000) * MESSAGES_PER_SECOND);
    last = now;
  };
  const turn = (): void => {
    // Idle only after a turn without messages: those of one packet come within the same turn.
    isTurning = waiting.length > 0;
    if (!isTurning) return;
    refill();
    const batch = waiting.splice(0, Math.min(A_TURN, Math.ceil(left)));
    left -= batch.length;
    for (const message of batch) handle(message);
    if (waiting.length === 0 && socket.isPaused) socket.resume();
    if (left < 1) setTimeout(turn, PAUSE_MILLISECONDS);
    else setImmediate(turn);
  };
  return (message: string | ArrayBuffer): void => {
    waiting.push(message);
    if (waiting.length > MOST_WAITING) socket.pause();
    if (isTurning) return;
    isTurning = true;
    turn();
  };
}

/** Answers the calls that come over a socket, until it closes. */
export function serveSocket(socket: WebSocket, context: ApiContext): void {
  // The handler knows a peer by its identity and uses nothing of it but `send`.
  const peer = patientPeer(socket) as unknown as globalThis.WebSocket;
  const take = createIntake(
    socket,
    (message) => void handler.message(peer, message, { context }).catch(() => socket.close(UNREADABLE)),
    context.host.setup.clock,
  );
  socket.on('error', () => socket.terminate());
  socket.on('close', () => handler.close(peer));
  socket.on('message', (data, isBinary) => take(messageOf(data, isBinary)));
}
