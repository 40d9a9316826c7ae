import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { OpenOptions } from '../attach/open-host.ts';
import { openReconnectingHost } from '../attach/reconnecting-host.ts';
import { type PageServer, type ServeOptions, servePages } from './serve-pages.ts';

export interface HeadlessOptions extends OpenOptions, Omit<ServeOptions, 'host' | 'port'> {
  /** Null takes the usual port, or any other when that is taken. */
  readonly port: number | null;
}

export interface Headless {
  readonly server: PageServer;
  /** This process owns the data folder; else it passes on what the owner says. */
  readonly isOwner: () => boolean;
  /** What there is to tell of the data folder, once. */
  readonly notices: readonly string[];
  /** Rejects when the data folder is lost. */
  readonly broken: Promise<never>;
  close(options?: { readonly now?: boolean }): Promise<void>;
}

const USUAL_PORT = 7420;

async function serveSomewhere(options: Omit<ServeOptions, 'port'>, port: number | null): Promise<PageServer> {
  try {
    return await servePages({ ...options, port: port ?? USUAL_PORT });
  } catch (error) {
    if (port !== null || !(error instanceof KeelError) || error.code !== 'port_taken') throw error;
    return servePages({ ...options, port: 0 });
  }
}

/**
 * Starts the shell without a window: the page and its api on an address of this machine. When another process owns the
 * data folder, messages are passed on to it byte by byte, with the page's rights in the first request: so every call is
 * judged in one place, by the process that does the work.
 * Throws `page_missing`, `port_taken`, `address_unusable` and what opening the host throws.
 */
export async function startHeadless({ port, pageFolder, bind, roots, ...open }: HeadlessOptions): Promise<Headless> {
  if (!existsSync(join(pageFolder, 'index.html'))) {
    const why = `The page was not built: ${pageFolder} has no index.html.`;
    throw new KeelError({ code: 'page_missing', why, fix: 'Start with `npm start`, which builds it.' });
  }
  const host = await openReconnectingHost(open);
  try {
    const server = await serveSomewhere({ host, pageFolder, bind, roots }, port);
    return {
      server,
      isOwner: () => host.connection().owner !== null,
      notices: host.connection().notices,
      broken: host.broken,
      close: async (how) => {
        await server.close();
        await host.close(how);
      },
    };
  } catch (error) {
    await host.close();
    throw error;
  }
}
