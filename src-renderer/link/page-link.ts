import type { ApiClient } from '#contract/api/typed-client.ts';
import type { LinkStatus } from './link-status.ts';

/** A connection to the host, whatever its transport. */
export interface PageLink {
  readonly client: ApiClient;
  /** Calls the listener with the current state, then on every change; returns a function that unsubscribes. */
  onStatus(listener: (status: LinkStatus) => void): () => void;
  close(): void;
}

/** Stores the latest state and notifies listeners. */
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
