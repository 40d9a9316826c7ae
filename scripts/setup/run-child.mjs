import { spawn } from 'node:child_process';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

const LOOK_MILLISECONDS = 500;

/**
 * Calls back once if the shell between npm and this process has ended: npm sends a signal only to that shell, which
 * then dies without notifying this process.
 * @param {() => void} onLost
 * @returns {() => void} stops watching
 */
function watchShellOfNpm(onLost) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return () => undefined;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    onLost();
  }, LOOK_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Runs a program in place of this process: same streams, forwarded signals, its exit code. If a signal was sent to the
 * whole process group, the program receives it twice and must treat both as one.
 * @param {string} path
 * @param {string[]} args
 * @param {{ cwd?: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runChild(path, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { ...options, stdio: 'inherit' });
    let isStopped = false;
    const handlers = FORWARDED.map((signal) => {
      const handler = () => {
        isStopped = true;
        // A terminal sends Ctrl-C to every process in the group: forwarding it would deliver it twice.
        if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
      };
      process.on(signal, handler);
      return { signal, handler };
    });
    const endWatch = watchShellOfNpm(() => {
      isStopped = true;
      child.kill('SIGTERM');
    });
    const finish = () => {
      endWatch();
      // A stop can arrive several times; once the program has ended, repetitions must not change how this process ends.
      if (!isStopped) for (const { signal, handler } of handlers) process.off(signal, handler);
    };
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      finish();
      resolve({ code, signal });
    });
  });
}

/**
 * Ends this process the same way as the child, so that a shell sees the same result.
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} result
 */
export function endLike({ code, signal }) {
  if (!signal) {
    process.exitCode = code ?? 1;
    return;
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
