import { KeelError } from '#contract/errors.ts';
import type { FileDialogs } from '../../api/base.ts';
import type { Channel } from '../../attach/answer-messages.ts';
import type { ReconnectingHost } from '../../attach/reconnecting-host.ts';
import { typedDiskError } from '../../disk/disk-full.ts';
import type { FromHost, ToHost } from '../desktop-protocol.ts';
import { openPageChannel, type PageChannel } from './page-channel.ts';
import { watchActivity } from './watch-activity.ts';

/** The way to the app. */
export interface DesktopLink {
  /** Resolves when the app has the message; rejects when it has gone. */
  send(message: FromHost): Promise<void>;
}

/** The host's side of the desktop: its pages, its dialogs, what is under way. */
export interface DesktopHost {
  receive(message: ToHost): void;
  /** The app has gone: what is under way is seen through, then everything ends. */
  seeThrough(): Promise<void>;
  /** Resolves when the host has been closed. */
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

/** The pages that are open, and what was allowed to all of them. */
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
      // What was dropped is gone again; whoever asks for it will be told.
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
    /** Tells every page that it has to come again. */
    endAll: () => {
      for (const page of [...pages.keys()]) channelOf(page).end();
    },
    closeAll: () => {
      for (const page of [...pages.keys()]) close(page);
    },
  };
}

/** Connects a host with the app that has started its process. */
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
  // A queued run has nothing to write, and says so.
  await Promise.allSettled(activeRuns.map((run) => client.runs.checkpoint({ run })));
}

/** The plain object of whatever went wrong. */
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
