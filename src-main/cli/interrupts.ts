import { createStopCounter } from '#contract/count-stops.ts';
import type { Shell } from './shell.ts';

/** The signals with which a user, a closing terminal, or a service manager requests a stop. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The process that receives the signals. */
export interface Signaled {
  readonly pid: number;
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/**
 * Calls listeners for every stop request, whichever signal sends it; a request that arrives several times counts once.
 * After the first listener was added, a request without listeners ends the process as the signal does by default, but
 * repetitions of a handled request do not.
 * @param clock monotonic milliseconds
 */
export function createInterrupts(process: Signaled, clock: () => number): Shell['onInterrupt'] {
  const listeners = new Set<() => void>();
  const isNewStop = createStopCounter(clock);
  let isWatching = false;
  const take = (signal: NodeJS.Signals): void => {
    if (!isNewStop()) return;
    const asked = [...listeners];
    for (const listener of asked) listener();
    if (asked.length > 0) return;
    for (const name of ENDING) process.off(name, take);
    isWatching = false;
    process.kill(process.pid, signal);
  };
  return (listener) => {
    if (!isWatching) for (const name of ENDING) process.on(name, take);
    isWatching = true;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
}
