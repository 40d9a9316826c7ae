import { EventEmitter } from 'node:events';
import type { ElectronParts } from '../../src-main/desktop/electron-parts.ts';

/** Stand-ins for Electron's objects: they keep what they were told, and events are sent by hand. */
export class FakeContents extends EventEmitter {
  readonly mainFrame = { url: 'keel://app/' };
  readonly loaded: string[] = [];
  readonly posted: { channel: string; ports: readonly unknown[] }[] = [];
  reloads = 0;
  openHandler: ((details: { url: string }) => { action: string }) | null = null;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }) {
    this.openHandler = handler;
  }
  async loadURL(url: string) {
    this.loaded.push(url);
  }
  reload() {
    this.reloads += 1;
  }
  postMessage(channel: string, _message: unknown, ports: readonly unknown[]) {
    this.posted.push({ channel, ports });
  }
}

export class FakeWindow extends EventEmitter {
  static readonly made: FakeWindow[] = [];
  readonly webContents = new FakeContents();
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly progress: unknown[] = [];
  isShown = false;
  isFront = false;
  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    FakeWindow.made.push(this);
  }
  async loadURL(url: string) {
    await this.webContents.loadURL(url);
  }
  show() {
    this.isShown = true;
  }
  hide() {
    this.isShown = false;
  }
  focus() {
    this.isFront = true;
  }
  isFocused() {
    return this.isFront;
  }
  isVisible() {
    return this.isShown;
  }
  isMinimized() {
    return false;
  }
  setProgressBar(...told: unknown[]) {
    this.progress.push(told);
  }
  /** What happens when a person closes the window: true when it was kept. */
  closeByHand(): boolean {
    let isKept = false;
    this.emit('close', {
      preventDefault: () => {
        isKept = true;
      },
    });
    if (!isKept) this.emit('closed');
    return isKept;
  }
}

export class FakePort extends EventEmitter {
  readonly received: unknown[] = [];
  isClosed = false;
  postMessage(message: unknown) {
    this.received.push(message);
  }
  start() {}
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.emit('close');
  }
}

export class FakeChannel {
  readonly port1 = new FakePort();
  readonly port2 = new FakePort();
}

export class FakeNotification extends EventEmitter {
  static readonly shown: FakeNotification[] = [];
  static isSupported() {
    return true;
  }
  readonly options: { title: string; body: string };
  constructor(options: { title: string; body: string }) {
    super();
    this.options = options;
  }
  show() {
    FakeNotification.shown.push(this);
  }
}

/** All of them together, as `main.ts` hands over the real ones. */
export function fakeElectron({ answer = 2, hasLock = true, isPackaged = true } = {}) {
  FakeWindow.made.length = 0;
  FakeNotification.shown.length = 0;
  const told: string[] = [];
  const blocked = new Set<number>();
  let blockers = 0;
  const app = Object.assign(new EventEmitter(), {
    isPackaged,
    requestSingleInstanceLock: () => hasLock,
    quit: () => void told.push('quit'),
    enableSandbox: () => void told.push('enableSandbox'),
    whenReady: () => {
      told.push('whenReady');
      return Promise.resolve();
    },
  });
  const dialogs: unknown[] = [];
  const session = fakeSession();
  const handled = new Map<string, (request: Request) => Promise<Response>>();
  const parts = {
    app,
    BrowserWindow: FakeWindow,
    crashReporter: {
      start: (options: { uploadToServer: boolean }) => void told.push(`crashReporter ${options.uploadToServer}`),
    },
    dialog: {
      showMessageBox: async (...args: unknown[]) => {
        dialogs.push(args.at(-1));
        return { response: answer };
      },
      showOpenDialog: async (...args: unknown[]) => {
        dialogs.push(args.at(-1));
        return { canceled: false, filePaths: ['/chosen/file'] };
      },
      showErrorBox: (title: string, text: string) => void dialogs.push({ title, text }),
    },
    ipcMain: new EventEmitter(),
    Menu: { buildFromTemplate: (template: unknown) => template, setApplicationMenu: () => void told.push('menu') },
    MessageChannelMain: FakeChannel,
    nativeTheme: { shouldUseDarkColors: true },
    Notification: FakeNotification,
    powerMonitor: new EventEmitter(),
    powerSaveBlocker: {
      start: () => {
        blockers += 1;
        blocked.add(blockers);
        return blockers;
      },
      stop: (id: number) => blocked.delete(id),
    },
    protocol: {
      registerSchemesAsPrivileged: (schemes: unknown) => void told.push(`schemes ${JSON.stringify(schemes)}`),
      handle: (scheme: string, handler: (request: Request) => Promise<Response>) => handled.set(scheme, handler),
    },
    session: { defaultSession: session },
    shell: { openExternal: async (url: string) => void told.push(`open ${url}`) },
  };
  return {
    parts: parts as unknown as ElectronParts,
    app,
    told,
    dialogs,
    session,
    handled,
    blocked,
    ipcMain: parts.ipcMain,
    powerMonitor: parts.powerMonitor,
  };
}

type Decide = (answer: { cancel: boolean }) => void;

export function fakeSession() {
  const set: {
    request?: (contents: unknown, permission: string, decide: (isAllowed: boolean) => void) => void;
    check?: (contents: unknown, permission: string) => boolean;
    device?: () => boolean;
    before?: (details: { url: string }, decide: Decide) => void;
    spelling?: boolean;
  } = {};
  return {
    set,
    setPermissionRequestHandler: (handler: typeof set.request) => void Object.assign(set, { request: handler }),
    setPermissionCheckHandler: (handler: typeof set.check) => void Object.assign(set, { check: handler }),
    setDevicePermissionHandler: (handler: typeof set.device) => void Object.assign(set, { device: handler }),
    setSpellCheckerEnabled: (isOn: boolean) => void Object.assign(set, { spelling: isOn }),
    webRequest: { onBeforeRequest: (handler: typeof set.before) => void Object.assign(set, { before: handler }) },
  };
}
