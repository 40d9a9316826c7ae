import { createStopCounter } from '#contract/count-stops.ts';
import type { Shell } from './shell.ts';

/** How a person, a closing terminal or a service manager asks a process to end. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The process that gets the signals. */
export interface Signaled {
  readonly pid: number;
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/**
 * Calls listeners back at every request to end, whichever signal brings it; one request that arrives several times counts
 * once. Once there was a listener, a request that nobody listens for ends the process as the signal does by default, but
 * not the rest of one that was answered.
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
