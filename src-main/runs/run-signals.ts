/** Tells who waits that something of a run has changed. Carries no data: listeners read the store. */
export interface RunSignals {
  change(id: string): void;
  /** Resolves at the next change of the run, or when the signal aborts. */
  next(id: string, signal?: AbortSignal): Promise<void>;
}

export function createRunSignals(): RunSignals {
  const waiting = new Map<string, Set<() => void>>();
  return {
    change(id) {
      const listeners = waiting.get(id);
      waiting.delete(id);
      for (const wake of listeners ?? []) wake();
    },
    next(id, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const listeners = waiting.get(id) ?? new Set();
        waiting.set(id, listeners);
        const wake = () => {
          listeners.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        listeners.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
      });
    },
  };
}
