import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { ensureRay } from './clusters/ray-environment.ts';

/**
 * `npm run test:cluster [-- FILTER]`: the tests that need a real Ray. Where the system allows it, they run in a network
 * namespace of their own, since Ray's control store listens on every address of the machine.
 */
const ROOT = join(import.meta.dirname, '..');

function commandIn(namespace: boolean, command: readonly string[]): readonly string[] {
  if (!namespace) return command;
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  return ['unshare', ...asRoot, '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
}

const ray = ensureRay(dataFolder());
if (ray === null) {
  console.warn('Skipped: Ray needs Python 3.10 to 3.13 with the modules venv and ensurepip.');
} else {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const filters = process.argv.slice(2);
  const command = [process.execPath, vitest, 'run', '--config', 'vitest.cluster.config.ts', ...filters];
  const [probe = '', ...probing] = commandIn(true, ['true']);
  const hasNamespace = spawnSync(probe, probing).status === 0;
  console.log(hasNamespace ? 'In a network namespace of its own.' : 'On this machine’s loopback, with a token.');
  const [path = '', ...args] = commandIn(hasNamespace, command);
  const env = { ...process.env, KEEL_RAY: ray };
  process.exitCode = spawnSync(path, args, { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1;
}
