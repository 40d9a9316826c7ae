import type { RawData, WebSocket } from 'ws';
import type { ApiContext } from '../api/base.ts';
import { answerMessages, type Channel, type Message } from './answer-messages.ts';

/** Of the WebSocket protocol: the other side sent what cannot be understood. */
const UNREADABLE = 1007;

/**
 * A send ends when the system has taken the bytes, which makes backpressure of it: a reader that stalls has one batch
 * waiting, whatever happens meanwhile.
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

/** Answers the calls that come over a socket, until it closes. */
export function serveSocket(socket: WebSocket, context: ApiContext): void {
  const { take, close } = answerMessages(channelOf(socket), context);
  socket.on('error', () => socket.terminate());
  socket.on('close', close);
  socket.on('message', (data, isBinary) => take(messageOf(data, isBinary)));
}
