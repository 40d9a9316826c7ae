import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './process-lock.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @param {string} root the repository
 * @returns {string} the contents of the stamp file if the installed packages match the lock file
 */
function expectedStamp(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules', '.keel-stamp');
}

/**
 * @param {string} root
 * @returns {boolean} true if the installed packages match the lock file
 */
export function packagesAreCurrent(root) {
  try {
    return readFileSync(stampPath(root), 'utf8') === expectedStamp(root);
  } catch {
    return false;
  }
}

/**
 * Whether npm's own record of `node_modules`, which it writes last, has the lock file's versions, for example because
 * the user ran `npm install`.
 * @param {string} root
 */
function npmAgrees(root) {
  try {
    const read = (/** @type {string} */ path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const wanted = read('package-lock.json');
    const present = read(join('node_modules', '.package-lock.json'));
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return true;
      const installed = present[path];
      return installed ? installed.version === entry.version && existsSync(join(root, path)) : entry.optional === true;
    });
  } catch {
    return false;
  }
}

/**
 * Runs `npm ci` if the lock file has changed since the last complete run. Install scripts are disabled: none of Keel's
 * packages need them. The stamp file is written last, so an interrupted run is repeated.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<void>}
 * @throws {SetupError} `npm-failed`
 */
export async function ensurePackages(root, env = process.env) {
  if (packagesAreCurrent(root)) return;
  const wait = (/** @type {string} */ pid) =>
    say(`Another process (${pid}) is installing the packages; waiting for it.`);
  await withLock(join(root, '.keel-install.lock'), wait, async (share) => {
    if (packagesAreCurrent(root)) return;
    if (!npmAgrees(root)) await runNpm(root, env, share);
    writeFileSync(stampPath(root), expectedStamp(root));
  });
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {(pid: number) => void} share
 */
async function runNpm(root, env, share) {
  say('Installing the packages in package-lock.json (npm ci) …');
  const args = [
    'ci',
    '--loglevel=error',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--include=dev',
    '--include=optional',
  ];
  const windows = process.platform === 'win32';
  const npmScript = env.npm_execpath && /npm-cli\.c?js$/.test(env.npm_execpath) ? env.npm_execpath : null;
  const child = npmScript
    ? spawn(process.execPath, [npmScript, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] })
    : spawn(windows ? 'npm.cmd' : 'npm', args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: windows });
  if (child.pid) share(child.pid);
  const [code, signal] = await once(child, 'exit').catch((error) => [error.message]);
  if (code === 0) return;
  const reason = signal ?? (typeof code === 'number' ? `exit code ${code}` : code);
  throw new SetupError(
    'npm-failed',
    `npm ci did not finish (${reason}).`,
    'Fix the problem in the output above and start again.',
  );
}
