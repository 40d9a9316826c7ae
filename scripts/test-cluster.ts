import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { ensureRay, type RayEnvironment } from './clusters/ray-environment.ts';

/**
 * `npm run test:cluster [-- FILTER]`: the tests that need a real Ray. Where the system allows it, they run in namespaces of
 * their own: Ray's control store listens on every address of the machine, and no process of Ray outlives the tests.
 * Where Ray cannot be installed, or with the reason in KEEL_RAY_SKIP, every test counts as skipped.
 */
const ROOT = join(import.meta.dirname, '..');
const NAMESPACES = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

function isolated(command: readonly string[]): readonly string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  return ['unshare', ...asRoot, ...NAMESPACES, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
}

function run([path = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): number {
  return spawnSync(path, args, { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1;
}

const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const command = [process.execPath, vitest, 'run', '--config', 'vitest.cluster.config.ts', ...process.argv.slice(2)];
const skip = process.env.KEEL_RAY_SKIP;
const ray: RayEnvironment = skip ? { missing: skip } : ensureRay(dataFolder());
if ('missing' in ray) {
  console.warn(`The tests on a cluster are skipped: ${ray.missing}`);
  process.exitCode = run([...command, '--testNamePattern', '^(?!)'], process.env);
} else {
  const [probe = '', ...probing] = isolated(['true']);
  const hasNamespaces = spawnSync(probe, probing).status === 0;
  console.log(hasNamespaces ? 'In namespaces of their own.' : 'On this machine’s loopback, with a token.');
  process.exitCode = run(hasNamespaces ? isolated(command) : command, { ...process.env, KEEL_RAY: ray.folder });
}
