import type { ApiContext } from '../api/base.ts';
import { answerMessages } from './answer-messages.ts';

/** What a port of Node's and one of Electron's main process have in common. */
export interface ServedPort {
  postMessage(message: unknown): void;
  on(event: 'message' | 'close', listener: (message?: unknown) => void): unknown;
  start(): void;
  close(): void;
}

const LARGEST_MESSAGE = 16 * 2 ** 20;

/** Node's ports hand a message over as it is, Electron's wrap it into an event. */
function contentOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'data' in message ? message.data : message;
}

/**
 * Answers the calls that come over a port, until it closes. A page that was taken over can send anything: what is no
 * message of ours ends the port.
 */
export function servePort(port: ServedPort, context: ApiContext): void {
  const { take, close } = answerMessages(
    {
      send: (message) => Promise.resolve(port.postMessage(message)),
      end: () => port.close(),
      hold: () => undefined,
    },
    context,
  );
  port.on('close', close);
  port.on('message', (message) => {
    const content = contentOf(message);
    if (typeof content === 'string' && content.length <= LARGEST_MESSAGE) take(content);
    else if (content instanceof ArrayBuffer && content.byteLength <= LARGEST_MESSAGE) take(content);
    else port.close();
  });
  port.start();
}
