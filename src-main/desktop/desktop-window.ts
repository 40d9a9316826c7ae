import type { BrowserWindow } from 'electron';
import { recoverWindow } from './crash-recovery.ts';
import type { ElectronParts } from './electron-parts.ts';
import { PAGE_ADDRESS } from './page-address.ts';
import { windowOptions } from './window-options.ts';

export interface DesktopWindow {
  readonly current: () => BrowserWindow | null;
  /** Shows the window, creating it if there is none. */
  show(): void;
}

interface WindowSetup {
  readonly preload: string;
  readonly isPackaged: boolean;
  /** Called before a window closes; return true to keep it open. */
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
  recoverWindow(window.webContents, () => performance.now());
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
