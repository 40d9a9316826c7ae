import type { BrowserWindowConstructorOptions } from 'electron';

/** How the window looks before the page draws: no white flash in the dark. The values are those of the style's tokens. */
const BACKGROUND = { light: '#ffffff', dark: '#1a1d20' } as const;

export interface WindowSetup {
  /** Path of the preload script. */
  readonly preload: string;
  readonly isDark: boolean;
  readonly isPackaged: boolean;
}

/** Written out although most are Electron's defaults: a default may change, what is written is tested. */
export function windowOptions({ preload, isDark, isPackaged }: WindowSetup): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 800,
    minWidth: 800,
    minHeight: 560,
    show: false,
    title: 'Keel',
    backgroundColor: isDark ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      devTools: !isPackaged,
    },
  };
}
