import { spawn } from 'node:child_process';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs a program in our place: same streams, our signals, its exit code.
 * @param {string} path
 * @param {string[]} args
 * @param {{ cwd?: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function runChild(path, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { ...options, stdio: 'inherit' });
    const handlers = FORWARDED.map((signal) => {
      const handler = () => {
        // A terminal sends its Ctrl-C to every process of the group: passing it on would deliver it twice.
        if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
      };
      process.on(signal, handler);
      return { signal, handler };
    });
    const finish = () => {
      for (const { signal, handler } of handlers) process.off(signal, handler);
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
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code ?? 1;
}
