import type { Run } from '#contract/api/runs/run-state.ts';
import { isDiskFull } from '../../disk/disk-full.ts';
import { durably } from '../../store/database.ts';
import { endAttempt, listAttempts } from '../../store/queries/attempts.ts';
import { endRun, type RunEnd, readRun } from '../../store/queries/runs.ts';
import { ENDED } from '../views/watch-run.ts';
import type { HostSetup } from './host-setup.ts';
import { tellRun } from './run-signals.ts';

type RunError = NonNullable<Run['error']>;

const RETRY_MILLISECONDS = 2000;

/** Does work that can also be done later; a full disk postpones it. */
export function whereStoreHasRoom(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** Ends of runs that could not be stored for lack of space: kept in memory, and stored as soon as possible. */
export class UnstoredEnds {
  readonly #setup: HostSetup;
  readonly #errors = new Map<string, RunError>();
  #timer: NodeJS.Timeout | undefined;

  constructor(setup: HostSetup) {
    this.#setup = setup;
  }

  /** Why the run differs from its row; null for any other run. */
  errorOf(id: string): RunError | null {
    return this.#errors.get(id) ?? null;
  }

  add(id: string, error: RunError): void {
    this.#errors.set(id, error);
    this.#retryLater();
  }

  delete(id: string): void {
    this.#errors.delete(id);
  }

  #retryLater(): void {
    this.#timer ??= setTimeout(() => this.#retry(), RETRY_MILLISECONDS).unref();
  }

  #store({ number }: Run, end: RunEnd): void {
    const { store } = this.#setup;
    const open = listAttempts(store.read, number).filter((attempt) => attempt.endedAt === null);
    for (const attempt of open) endAttempt(store.write, number, attempt.number, end.at, end.error?.code ?? end.state);
    endRun(store.write, number, end);
  }

  #retry(): void {
    this.#timer = undefined;
    const { store, signals } = this.#setup;
    if (!store.write.open) return;
    for (const [id, error] of this.#errors) {
      const run = readRun(store.read, id);
      const end = { state: 'interrupted' as const, at: this.#setup.now(), summary: null, error };
      try {
        if (run && !ENDED.has(run.state)) durably(store.write, () => this.#store(run, end));
        this.#errors.delete(id);
        if (run) tellRun(signals, run);
        else signals.change(id);
      } catch {
        this.#retryLater();
      }
    }
  }
}
