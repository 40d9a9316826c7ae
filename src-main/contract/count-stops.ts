/**
 * Milliseconds within which all requests to end count as one. A single Ctrl-C or `systemctl stop` reaches a process more
 * than once: directly, through npm, and through the bootstrap, which pass on what they get.
 */
export const ONE_STOP_MILLISECONDS = 1000;

/**
 * Tells a new request to end from the same one that arrives again: the function that it gives is true for a new one.
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
