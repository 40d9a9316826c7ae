/**
 * Milliseconds within which all stop requests count as one. A single Ctrl-C or `systemctl stop` reaches a process
 * several times: directly, through npm, and through the bootstrap, which forward the signals that they receive.
 */
export const ONE_STOP_MILLISECONDS = 1000;

/**
 * Distinguishes new stop requests from repetitions of the same one: the returned function returns true for a new one.
 * @param clock monotonic milliseconds
 */
export function createStopCounter(clock: () => number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock();
    if (now - last < ONE_STOP_MILLISECONDS) return false;
    last = now;
    return true;
  };
}
