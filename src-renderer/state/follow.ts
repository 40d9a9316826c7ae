import { pageError } from './page-error.ts';

const FIRST_WAIT_MILLISECONDS = 300;
const LONGEST_WAIT_MILLISECONDS = 5000;

/**
 * Reads a stream to its end and reopens it when the connection breaks, until the signal aborts. `open` is called again
 * each time, so that it can continue after the last message it received. Any other error is thrown.
 */
export async function follow<Message>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<Message>>,
  take: (message: Message) => void,
  { signal, whenOpen }: { readonly signal: AbortSignal; readonly whenOpen: () => Promise<void> },
): Promise<void> {
  let wait = FIRST_WAIT_MILLISECONDS;
  while (!signal.aborted) {
    try {
      await whenOpen();
      for await (const message of await open(signal)) {
        if (signal.aborted) return;
        wait = FIRST_WAIT_MILLISECONDS;
        take(message);
      }
      return;
    } catch (caught) {
      if (signal.aborted) return;
      const error = pageError(caught);
      if (error.code !== 'connection_lost') throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(2 * wait, LONGEST_WAIT_MILLISECONDS);
    }
  }
}
