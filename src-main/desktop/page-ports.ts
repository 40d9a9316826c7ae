import type { IpcMainEvent, MessagePortMain } from 'electron';
import { PORT_MESSAGE } from '#contract/page-connection.ts';
import type { FromHost, ToHost } from './desktop-protocol.ts';
import type { ElectronParts } from './electron-parts.ts';
import { isPageAddress } from './page-address.ts';

/** Channel names, repeated in the preload script, which cannot import anything. */
export const CHANNELS = { open: 'keel:open-port', dropped: 'keel:dropped', port: PORT_MESSAGE } as const;
const LARGEST_MESSAGE = 16 * 2 ** 20;
const LONGEST_PATH = 4096;

/** Whether the sender is the page's main frame: not a subframe, and not a page that has navigated elsewhere. */
export function isOurPage({ senderFrame, sender }: Pick<IpcMainEvent, 'senderFrame' | 'sender'>): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isPageAddress(senderFrame.url);
}

export interface PagePorts {
  /** Delivers a message from the host to a page. */
  deliver(message: Extract<FromHost, { kind: 'message' | 'closed' }>): void;
  /** Closes every page's connection after the host has exited. */
  closeAll(): void;
}

/** Gives each requesting page a port and forwards its messages; nothing else from a page reaches the main process. */
export function transferPagePorts(
  { ipcMain, MessageChannelMain }: Pick<ElectronParts, 'ipcMain' | 'MessageChannelMain'>,
  toHost: (message: ToHost) => void,
): PagePorts {
  const ports = new Map<number, MessagePortMain>();
  let count = 0;
  const drop = (page: number) => {
    if (ports.delete(page)) toHost({ kind: 'close', page });
  };
  const pass = (page: number, port: MessagePortMain, data: unknown) => {
    if (typeof data === 'string' && data.length <= LARGEST_MESSAGE) toHost({ kind: 'message', page, data });
    else if (data instanceof ArrayBuffer && data.byteLength <= LARGEST_MESSAGE) toHost({ kind: 'message', page, data });
    else port.close();
  };
  ipcMain.on(CHANNELS.open, (event) => {
    if (!isOurPage(event)) return;
    const { port1, port2 } = new MessageChannelMain();
    count += 1;
    const page = count;
    ports.set(page, port1);
    toHost({ kind: 'open', page });
    port1.on('message', ({ data }) => pass(page, port1, data));
    port1.on('close', () => drop(page));
    port1.start();
    event.sender.postMessage(CHANNELS.port, null, [port2]);
  });
  // Answered synchronously: the page's next message may already refer to the file.
  ipcMain.on(CHANNELS.dropped, (event, path: unknown) => {
    event.returnValue = null;
    const isPath = typeof path === 'string' && path.length > 0 && path.length <= LONGEST_PATH;
    if (isOurPage(event) && isPath) toHost({ kind: 'grant', path });
  });
  return {
    deliver(message) {
      const port = ports.get(message.page);
      if (message.kind === 'message') port?.postMessage(message.data);
      else {
        ports.delete(message.page);
        port?.close();
      }
    },
    closeAll() {
      for (const port of ports.values()) port.close();
      ports.clear();
    },
  };
}
