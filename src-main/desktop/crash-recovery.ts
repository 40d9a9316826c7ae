import type { WebContents } from 'electron';
import { PAGE_ADDRESS } from './page-address.ts';
import { CRASHED_PATH } from './serve-page.ts';

const MOST_CRASHES = 3;
const WITHIN_MILLISECONDS = 60_000;

/**
 * Reloads the page when its process has crashed; after three crashes in a minute, loads a plain page without scripts.
 * @param clock monotonic milliseconds
 */
export function recoverWindow(contents: WebContents, clock: () => number): void {
  let crashes: readonly number[] = [];
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const now = clock();
    crashes = [...crashes.filter((at) => now - at < WITHIN_MILLISECONDS), now];
    const address = crashes.length < MOST_CRASHES ? PAGE_ADDRESS : new URL(CRASHED_PATH, PAGE_ADDRESS).href;
    void contents.loadURL(address).catch(() => undefined);
  });
}
