import type { Run } from '#contract/api/runs/run-state.ts';

/** Notifies listeners that something about a run has changed. Carries no data: listeners read the store. */
export interface RunSignals {
  change(id: string): void;
  /** Resolves at the next change of the run, or when the signal aborts. */
  next(id: string, signal?: AbortSignal): Promise<void>;
  /** Resolves at the next change of any run, or when the signal aborts. */
  nextOfAny(signal?: AbortSignal): Promise<void>;
  /** Increases with every change. */
  revision(): number;
  /** Runs that have changed since a revision. */
  changedSince(revision: number): readonly string[];
}

/** Signals a change of a run and of the pipeline of which it is a stage. */
export function tellRun(signals: RunSignals, { id, parent }: Pick<Run, 'id' | 'parent'>): void {
  signals.change(id);
  if (parent) signals.change(parent);
}

const ANY = '';

export function createRunSignals(): RunSignals {
  const waiting = new Map<string, Set<() => void>>();
  const changedAt = new Map<string, number>();
  let revision = 0;
  const wakeAll = (id: string) => {
    const listeners = waiting.get(id);
    waiting.delete(id);
    for (const wake of listeners ?? []) wake();
  };
  const next = (id: string, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
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
  return {
    change(id) {
      revision += 1;
      // Deleted first, so that the map stays in the order of changes.
      changedAt.delete(id);
      changedAt.set(id, revision);
      wakeAll(id);
      wakeAll(ANY);
    },
    next,
    nextOfAny: (signal) => next(ANY, signal),
    revision: () => revision,
    changedSince(since) {
      return [...changedAt].filter(([, at]) => at > since).map(([id]) => id);
    },
  };
}
