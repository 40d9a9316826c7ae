import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { OpenOptions } from '../attach/open-host.ts';
import { openReconnectingHost } from '../attach/reconnecting-host.ts';
import { type PageServer, type ServeOptions, servePages } from './serve-pages.ts';

export interface HeadlessOptions extends OpenOptions, Omit<ServeOptions, 'host' | 'port'> {
  /** Null uses the default port, or any free port if that is taken. */
  readonly port: number | null;
}

export interface Headless {
  readonly server: PageServer;
  /** Whether this process owns the data folder; otherwise it forwards to and from the owner. */
  readonly isOwner: () => boolean;
  /** One-time notices about the data folder. */
  readonly notices: readonly string[];
  /** Rejects if the data folder is lost. */
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
 * Starts the headless shell: the page and its API at an address of this machine. If another process owns the data
 * folder, messages are forwarded to it byte for byte, with the page's permissions in the first request, so every call
 * is checked in one place, by the process that does the work.
 * Throws `page_missing`, `port_taken`, `address_unusable`, and whatever opening the host throws.
 */
export async function startHeadless({ port, pageFolder, bind, roots, ...open }: HeadlessOptions): Promise<Headless> {
  if (!existsSync(join(pageFolder, 'index.html'))) {
    const why = `The page has not been built: ${pageFolder} has no index.html.`;
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
