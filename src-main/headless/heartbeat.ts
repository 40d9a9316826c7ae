import type { WebSocket } from 'ws';

const BEAT_MILLISECONDS = 20_000;
/** A beat that comes so much late means that the machine slept: then nobody could have answered. */
const ASLEEP_FACTOR = 2;

/** Ends sockets whose other side is gone: it has not answered since the last beat. Gives a function that stops it. */
export function beat(
  sockets: () => Iterable<WebSocket>,
  clock: () => number,
  beatMilliseconds: number = BEAT_MILLISECONDS,
): () => void {
  const silent = new WeakSet<WebSocket>();
  const listened = new WeakSet<WebSocket>();
  let last = clock();
  const timer = setInterval(() => {
    const now = clock();
    const hasSlept = now - last > ASLEEP_FACTOR * beatMilliseconds;
    last = now;
    for (const socket of sockets()) {
      if (silent.has(socket) && !hasSlept) {
        socket.terminate();
        continue;
      }
      if (!listened.has(socket)) socket.on('pong', () => silent.delete(socket));
      listened.add(socket);
      silent.add(socket);
      socket.ping();
    }
  }, beatMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}
