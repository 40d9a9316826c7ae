import { type Connection, type OpenOptions, openHost } from './open-host.ts';

/** A way to the host that goes on when the process that owned the data folder has left. */
export interface ReconnectingHost {
  readonly connection: () => Connection;
  /** Calls back when another process, or this one, has become the owner. */
  onChange(listener: () => void): void;
  /** Rejects when the data folder could not be opened again. */
  readonly broken: Promise<never>;
  close(options?: { readonly now?: boolean }): Promise<void>;
}

/** Opens the data folder, and opens it again whenever its owner leaves. Throws what `openHost` throws. */
export async function openReconnectingHost(options: OpenOptions): Promise<ReconnectingHost> {
  const listeners = new Set<() => void>();
  let connection = await openHost({ ...options, isFollower: true });
  let isClosing = false;
  let giveUp: (error: unknown) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  broken.catch(() => undefined);
  const follow = async (): Promise<void> => {
    while (!isClosing) {
      await connection.lost;
      if (isClosing) return;
      connection = await openHost({ ...options, isFollower: true });
      for (const listener of listeners) listener();
    }
  };
  const following = follow().catch(giveUp);
  return {
    connection: () => connection,
    onChange: (listener) => void listeners.add(listener),
    broken,
    close: async (how) => {
      isClosing = true;
      const isOwner = connection.owner !== null;
      await connection.close(how);
      // An owner is never lost, so there is nothing to wait for.
      if (!isOwner) await following;
    },
  };
}
