import type { RawData, WebSocket } from 'ws';
import type { ApiContext } from '../api/base.ts';
import { answerMessages, type Channel, type Message } from './answer-messages.ts';

/** WebSocket close code: the other side sent data that cannot be parsed. */
const UNREADABLE = 1007;

/**
 * A send resolves when the operating system has accepted the bytes, which provides backpressure: a stalled reader never
 * has more than one batch waiting.
 */
function channelOf(socket: WebSocket): Channel {
  return {
    send: (message) =>
      new Promise<void>((resolve, reject) => {
        socket.send(message, (error) => (error ? reject(error) : resolve()));
      }),
    end: () => socket.close(UNREADABLE),
    hold: (isHeld) => (isHeld ? socket.pause() : socket.resume()),
  };
}

function messageOf(data: RawData, isBinary: boolean): Message {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
  return isBinary ? new Uint8Array(bytes).buffer : bytes.toString('utf8');
}

/** Answers the calls that arrive on a socket until it closes. */
export function serveSocket(socket: WebSocket, context: ApiContext): void {
  const { take, close } = answerMessages(channelOf(socket), context);
  socket.on('error', () => socket.terminate());
  socket.on('close', close);
  socket.on('message', (data, isBinary) => take(messageOf(data, isBinary)));
}
