import { KeelError } from '#contract/errors.ts';
import type { FileDialogs } from '../../api/base.ts';
import type { Channel } from '../../attach/answer-messages.ts';
import type { ReconnectingHost } from '../../attach/reconnecting-host.ts';
import { typedDiskError } from '../../disk/disk-full.ts';
import type { FromHost, ToHost } from '../desktop-protocol.ts';
import { openPageChannel, type PageChannel } from './page-channel.ts';
import { watchActivity } from './watch-activity.ts';

/** The connection to the app. */
export interface DesktopLink {
  /** Resolves when the app has received the message; rejects if the app has exited. */
  send(message: FromHost): Promise<void>;
}

/** The host's side of the desktop app: its pages, its dialogs, and active runs. */
export interface DesktopHost {
  receive(message: ToHost): void;
  /** The app has exited: active runs are completed, then everything shuts down. */
  seeThrough(): Promise<void>;
  /** Resolves when the host is closed. */
  readonly ended: Promise<void>;
}

function createDialogs(link: DesktopLink) {
  const waiting = new Map<number, (paths: readonly string[]) => void>();
  let count = 0;
  const dialogs: FileDialogs = {
    pick: async (request) => {
      count += 1;
      const id = count;
      const picked = new Promise<readonly string[]>((resolve) => waiting.set(id, resolve));
      await link.send({ kind: 'pick', id, request });
      return picked;
    },
  };
  const answer = (id: number, paths: readonly string[]) => {
    waiting.get(id)?.(paths);
    waiting.delete(id);
  };
  return { dialogs, answer };
}

/** The open pages, and the paths that all of them may use. */
function createPages(host: ReconnectingHost, link: DesktopLink, dialogs: FileDialogs) {
  const pages = new Map<number, PageChannel>();
  const granted: string[] = [];
  const close = (page: number) => {
    pages.get(page)?.close();
    pages.delete(page);
  };
  const channelOf = (page: number): Channel => ({
    send: (data) => link.send({ kind: 'message', page, data: data as string | ArrayBuffer }),
    end: () => {
      close(page);
      link.send({ kind: 'closed', page }).catch(() => undefined);
    },
    hold: () => undefined,
  });
  const grant = (path: string) => {
    try {
      for (const page of pages.values()) page.grant(path);
      granted.push(path);
    } catch {
      // The dropped file no longer exists; using it will report an error.
    }
  };
  return {
    receive(message: Extract<ToHost, { kind: 'open' | 'message' | 'close' | 'grant' }>) {
      if (message.kind === 'open') {
        const channel = openPageChannel(channelOf(message.page), host.connection(), { dialogs, granted });
        pages.set(message.page, channel);
      } else if (message.kind === 'message') pages.get(message.page)?.take(message.data);
      else if (message.kind === 'close') close(message.page);
      else grant(message.path);
    },
    /** Disconnects every page, so that it reconnects. */
    endAll: () => {
      for (const page of [...pages.keys()]) channelOf(page).end();
    },
    closeAll: () => {
      for (const page of [...pages.keys()]) close(page);
    },
  };
}

/** Connects a host to the app that started its process. */
export function createDesktopHost(host: ReconnectingHost, link: DesktopLink): DesktopHost {
  const { dialogs, answer } = createDialogs(link);
  const pages = createPages(host, link, dialogs);
  const leaving = new AbortController();
  const forget = () => undefined;
  const watch = () => {
    watchActivity(host.connection().client, (message) => void link.send(message).catch(forget), leaving.signal).catch(
      forget,
    );
  };
  const end = async () => {
    leaving.abort();
    pages.closeAll();
    await host.close();
  };
  let ended: () => void = forget;
  const whenEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  host.onChange(() => {
    pages.endAll();
    watch();
  });
  watch();
  return {
    ended: whenEnded,
    receive(message) {
      if (message.kind === 'picked') answer(message.id, message.paths);
      else if (message.kind === 'checkpoint') checkpointAll(host).catch(forget);
      else if (message.kind === 'end') end().then(ended, ended);
      else pages.receive(message);
    },
    async seeThrough() {
      const { owner } = host.connection();
      if (owner) await Promise.all([owner.host.idle(), owner.server.left()]);
      await end();
      ended();
    },
  };
}

async function checkpointAll(host: ReconnectingHost): Promise<void> {
  const { client } = host.connection();
  const { activeRuns } = await client.system.host();
  // A queued run has nothing to checkpoint and reports an error.
  await Promise.allSettled(activeRuns.map((run) => client.runs.checkpoint({ run })));
}

/** Converts any error to a plain object. */
export function failureOf(thrown: unknown): Extract<FromHost, { kind: 'failed' }> {
  const error = typedDiskError(thrown, null);
  const known = error instanceof KeelError ? error : null;
  const { code, why, fix, kind } = known ?? {
    code: 'host_failed',
    why: `The host could not be started: ${error instanceof Error ? error.message : String(error)}.`,
    fix: 'Run `keel system`.',
    kind: 'expected' as const,
  };
  return { kind: 'failed', error: { code, why, fix, kind } };
}
