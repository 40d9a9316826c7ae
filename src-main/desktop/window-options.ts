import type { BrowserWindowConstructorOptions } from 'electron';

/** Background before the page renders, to avoid a white flash in dark mode. The values match the style tokens. */
const BACKGROUND = { light: '#ffffff', dark: '#1a1d20' } as const;

export interface WindowSetup {
  /** Path of the preload script. */
  readonly preload: string;
  readonly isDark: boolean;
  readonly isPackaged: boolean;
}

/** Set explicitly although most are Electron's defaults: a default may change, and explicit values are tested. */
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
