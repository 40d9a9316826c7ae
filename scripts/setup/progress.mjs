const LINE_INTERVAL_MS = 5000;
const TERMINAL_INTERVAL_MS = 200;

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e3).toFixed(1)} kB`;
}

/** @param {number} seconds */
export function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Sends a listening parent process (the app) what a terminal would show; a process started manually has no such parent.
 * @param {{ kind: 'log', text: string } | { kind: 'progress', label: string, done: number, total: number }} message
 */
function tellParent(message) {
  if (process.connected) process.send?.(message);
}

/** @param {string} line one line for the user; standard output is reserved for results */
export function say(line) {
  tellParent({ kind: 'log', text: line });
  process.stderr.write(`${line}\n`);
}

/**
 * Shows bytes, rate, and time left: one updated line on a terminal, or a line every few seconds elsewhere.
 * @param {string} label
 * @param {number} total total number of bytes; 0 if unknown
 * @param {number} [start] bytes that were already there
 * @returns {{ add(bytes: number): void, end(): void }}
 */
export function startProgress(label, total, start = 0) {
  const living = Boolean(process.stderr.isTTY);
  const began = Date.now();
  let done = start;
  let shown = living ? 0 : began;
  let told = 0;

  const line = () => {
    const rate = (done - start) / Math.max(0.001, (Date.now() - began) / 1000);
    const left = total > 0 ? `, ${formatDuration((total - done) / rate)} left` : '';
    const of = total > 0 ? ` of ${formatBytes(total)}` : '';
    return `${label}: ${formatBytes(done)}${of}, ${formatBytes(rate)}/s${left}`;
  };
  return {
    add(bytes) {
      done += bytes;
      const now = Date.now();
      if (now - told >= TERMINAL_INTERVAL_MS) {
        told = now;
        tellParent({ kind: 'progress', label, done, total });
      }
      if (now - shown < (living ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS)) return;
      shown = now;
      process.stderr.write(living ? `\r\x1b[K${line()}` : `${line()}\n`);
    },
    end() {
      const seconds = (Date.now() - began) / 1000;
      process.stderr.write(`${living ? '\r\x1b[K' : ''}${label}: ${formatBytes(done)} in ${formatDuration(seconds)}\n`);
    },
  };
}
