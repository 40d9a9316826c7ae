import { spawn } from 'node:child_process';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

const LOOK_MILLISECONDS = 500;

/**
 * Calls back once when the shell between npm and this process has ended: npm sends a signal to that shell alone, which
 * dies of it without a word to us.
 * @param {() => void} onLost
 * @returns {() => void} ends the watch
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
 * Runs a program in our place: same streams, our signals, its exit code. Where a signal went to the whole process group,
 * the program gets it twice; it has to take the two for one.
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
        // A terminal sends its Ctrl-C to every process of the group: passing it on would deliver it twice.
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
      // A stop may arrive several times; once the program has ended, what is left of it must not change how we end.
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
 * Ends this process the way the child ended, so that a shell sees the same.
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
