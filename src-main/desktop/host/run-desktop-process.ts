import process from 'node:process';
import type { OpenOptions } from '../../attach/open-host.ts';
import { openReconnectingHost } from '../../attach/reconnecting-host.ts';
import { type FromHost, toHostSchema } from '../desktop-protocol.ts';
import { createDesktopHost, failureOf } from './desktop-host.ts';

function send(message: FromHost): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!process.connected) reject(new Error('the app has exited'));
    else process.send?.(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });
}

/** Serves the app that started this process until the app ends it, or until the app is gone and all runs are done. */
export async function runDesktopProcess(options: OpenOptions): Promise<void> {
  // The app decides when to end work; Ctrl-C in the terminal that started the app also reaches the app.
  process.on('SIGINT', () => undefined);
  try {
    const host = await openReconnectingHost(options);
    for (const notice of host.connection().notices) process.stderr.write(`${notice}\n`);
    const desk = createDesktopHost(host, { send });
    process.on('message', (message) => desk.receive(toHostSchema.parse(message)));
    process.on('disconnect', () => void desk.seeThrough());
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => desk.receive({ kind: 'end' }));
    if (process.connected) await send({ kind: 'ready' });
    else void desk.seeThrough();
    await Promise.race([desk.ended, host.broken]);
  } catch (error) {
    await send(failureOf(error)).catch(() => undefined);
    process.exitCode = 1;
  }
}
