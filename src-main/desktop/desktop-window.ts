import type { BrowserWindow, WebContents } from 'electron';
import type { ElectronParts } from './electron-parts.ts';
import { PAGE_ADDRESS } from './page-address.ts';
import { CRASHED_PATH } from './serve-page.ts';
import { windowOptions } from './window-options.ts';

const MOST_CRASHES = 3;
const WITHIN_MILLISECONDS = 60_000;

/**
 * Loads the page again when its process has died; after three times in a minute a plain page that needs no script.
 * @param clock monotonic milliseconds
 */
function healWindow(contents: WebContents, clock: () => number): void {
  let crashes: readonly number[] = [];
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const now = clock();
    crashes = [...crashes.filter((at) => now - at < WITHIN_MILLISECONDS), now];
    const address = crashes.length < MOST_CRASHES ? PAGE_ADDRESS : new URL(CRASHED_PATH, PAGE_ADDRESS).href;
    void contents.loadURL(address).catch(() => undefined);
  });
}

export interface DesktopWindow {
  readonly current: () => BrowserWindow | null;
  /** Shows the window, and makes it when there is none. */
  show(): void;
}

interface WindowSetup {
  readonly preload: string;
  readonly isPackaged: boolean;
  /** Called before a window closes; true keeps it. */
  readonly onClose: (window: BrowserWindow) => boolean;
}

function makeWindow(
  { BrowserWindow, nativeTheme }: Pick<ElectronParts, 'BrowserWindow' | 'nativeTheme'>,
  { preload, isPackaged, onClose }: WindowSetup,
): BrowserWindow {
  const window = new BrowserWindow(windowOptions({ preload, isPackaged, isDark: nativeTheme.shouldUseDarkColors }));
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    if (onClose(window)) event.preventDefault();
  });
  healWindow(window.webContents, () => performance.now());
  void window.loadURL(PAGE_ADDRESS).catch(() => undefined);
  return window;
}

export function createDesktopWindow(
  parts: Pick<ElectronParts, 'BrowserWindow' | 'nativeTheme'>,
  setup: WindowSetup,
): DesktopWindow {
  let window: BrowserWindow | null = null;
  return {
    current: () => window,
    show() {
      if (!window) {
        window = makeWindow(parts, setup);
        window.on('closed', () => {
          window = null;
        });
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
  };
}
