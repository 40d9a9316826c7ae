import type { BrowserWindow } from 'electron';
import type { AppPlaces } from './app-places.ts';
import { askBeforeLeaving } from './confirm-quit.ts';
import type { FromHost, ToHost } from './desktop-protocol.ts';
import { createDesktopWindow, type DesktopWindow } from './desktop-window.ts';
import type { ElectronParts } from './electron-parts.ts';
import { pickFiles } from './file-dialogs.ts';
import type { HostChild } from './host-child.ts';
import { menuTemplate } from './menu.ts';
import { type PagePorts, transferPagePorts } from './page-ports.ts';
import { type ActivityDisplay, createActivityDisplay } from './show-activity.ts';

export interface DesktopSetup {
  readonly places: AppPlaces;
  readonly platform: NodeJS.Platform;
  readonly startHost: () => HostChild;
}

/** Consecutive attempts to start the host before the app gives up. */
const MOST_STARTS = 3;

/** The app once Electron is ready: one window, one host, and the lifecycle of both. */
export class DesktopApp {
  readonly #electron: ElectronParts;
  readonly #setup: DesktopSetup;
  readonly #window: DesktopWindow;
  readonly #activity: ActivityDisplay;
  readonly #ports: PagePorts;
  #host: HostChild;
  #starts = 1;
  #isLeaving = false;
  #isInBackground = false;

  constructor(electron: ElectronParts, setup: DesktopSetup) {
    const { app } = electron;
    this.#electron = electron;
    this.#setup = setup;
    this.#host = setup.startHost();
    const { preload } = setup.places;
    const onClose = (window: BrowserWindow) => this.#keepsOpen(window);
    this.#window = createDesktopWindow(electron, { preload, isPackaged: app.isPackaged, onClose });
    this.#activity = createActivityDisplay(electron, this.#window.current, () => this.show());
    this.#ports = transferPagePorts(electron, (message) => this.#tell(message));
    this.#follow();
  }

  /** Subscribes to system events and shows the window. */
  open(): void {
    const { app, Menu, powerMonitor } = this.#electron;
    powerMonitor.on('suspend', () => this.#tell({ kind: 'checkpoint' }));
    app.on('second-instance', () => this.show());
    app.on('activate', () => this.show());
    app.on('window-all-closed', () => app.quit());
    app.on('before-quit', (event) => {
      if (this.#isLeaving) return;
      event.preventDefault();
      const window = this.#window.current();
      if (window) void this.#ask(window);
      else this.#stop();
    });
    app.on('will-quit', () => this.#activity.update([]));
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(this.#setup.platform, app.isPackaged)));
    this.show();
  }

  show(): void {
    this.#isInBackground = false;
    this.#window.show();
  }

  #tell(message: ToHost): void {
    this.#host.send(message);
  }

  #stop(): void {
    this.#isLeaving = true;
    this.#tell({ kind: 'end' });
  }

  async #ask(window: BrowserWindow): Promise<void> {
    const answer = await askBeforeLeaving(this.#electron.dialog, window, this.#activity.runs());
    this.#isInBackground = answer === 'background';
    if (this.#isInBackground) window.hide();
    if (answer === 'stop') this.#stop();
  }

  /** Keeps the window open until the user has decided about active runs; the app then quits when the host exits. */
  #keepsOpen(window: BrowserWindow): boolean {
    if (this.#isLeaving) return false;
    void this.#ask(window);
    return true;
  }

  #receive(message: FromHost): void {
    switch (message.kind) {
      case 'ready':
        this.#starts = 0;
        break;
      case 'message':
      case 'closed':
        this.#ports.deliver(message);
        break;
      case 'pick':
        void this.#pick(message);
        break;
      case 'activity':
        this.#activity.update(message.runs);
        // No background work is left.
        if (message.runs.length === 0 && this.#isInBackground) this.#stop();
        break;
      case 'ended':
      case 'held':
        this.#activity.announce(message);
        break;
      case 'failed':
        this.#electron.dialog.showErrorBox(
          'Keel cannot open its data folder',
          `${message.error.why}\n\n${message.error.fix}`,
        );
    }
  }

  async #pick({ id, request }: Extract<FromHost, { kind: 'pick' }>): Promise<void> {
    const paths = await pickFiles(this.#electron.dialog, this.#window.current(), request).catch(() => []);
    this.#tell({ kind: 'picked', id, paths: [...paths] });
  }

  #follow(): void {
    this.#host.onMessage((message) => this.#receive(message));
    this.#host.onExit(() => this.#restart());
  }

  #restart(): void {
    this.#activity.update([]);
    this.#ports.closeAll();
    if (this.#isLeaving || this.#starts >= MOST_STARTS) {
      this.#isLeaving = true;
      this.#electron.app.quit();
      return;
    }
    this.#starts += 1;
    this.#host = this.#setup.startHost();
    this.#follow();
    this.#window.current()?.webContents.reload();
  }
}
