import type { ApiClient } from '#contract/api/typed-client.ts';
import type { LinkStatus } from './link-status.ts';

/** A way to the host, whatever carries it. */
export interface PageLink {
  readonly client: ApiClient;
  /** Tells every change of the connection, the present state first; gives a function that ends it. */
  onStatus(listener: (status: LinkStatus) => void): () => void;
  close(): void;
}

/** Remembers the newest state and tells it. */
export function createStatus(first: LinkStatus) {
  const listeners = new Set<(status: LinkStatus) => void>();
  let status = first;
  return {
    set(next: LinkStatus) {
      status = next;
      for (const listener of listeners) listener(next);
    },
    onStatus(listener: (status: LinkStatus) => void) {
      listeners.add(listener);
      listener(status);
      return () => void listeners.delete(listener);
    },
  };
}
