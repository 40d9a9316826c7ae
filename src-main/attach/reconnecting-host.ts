import { type Connection, type OpenOptions, openHost } from './open-host.ts';

/** A connection to the host that survives the exit of the process that owned the data folder. */
export interface ReconnectingHost {
  readonly connection: () => Connection;
  /** Calls the listener when another process, or this one, has become the owner. */
  onChange(listener: () => void): void;
  /** Rejects if the data folder could not be reopened. */
  readonly broken: Promise<never>;
  close(options?: { readonly now?: boolean }): Promise<void>;
}

/** Opens the data folder, and reopens it whenever its owner exits. Throws what `openHost` throws. */
export async function openReconnectingHost(options: OpenOptions): Promise<ReconnectingHost> {
  const listeners = new Set<() => void>();
  let connection = await openHost({ ...options, isFollower: true, takesUpQueue: true });
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
      connection = await openHost({ ...options, isFollower: true, takesUpQueue: true });
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
      // For an owner, `lost` never resolves, so there is nothing to wait for.
      if (!isOwner) await following;
    },
  };
}
