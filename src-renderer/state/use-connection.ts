import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { connect } from '../link/connect.ts';
import type { LinkStatus } from '../link/link-status.ts';

/** The connection to the host; opened first and shared by the whole page. */
export const useConnection = defineStore('connection', () => {
  const status = shallowRef<LinkStatus>('connecting');
  let resolveClient: (client: ApiClient) => void = () => undefined;
  const ready = new Promise<ApiClient>((resolve) => {
    resolveClient = resolve;
  });
  const waiting: (() => void)[] = [];

  async function open(): Promise<void> {
    const link = await connect();
    link.onStatus((next) => {
      status.value = next;
      if (next === 'open') for (const wake of waiting.splice(0)) wake();
    });
    resolveClient(link.client);
  }

  /** Resolves when the host is reachable; immediately if it already is. */
  function whenOpen(): Promise<void> {
    if (status.value === 'open') return Promise.resolve();
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** Resolves to the API client once the link is open. */
  function api(): Promise<ApiClient> {
    return ready;
  }

  return { status, open, whenOpen, api };
});
