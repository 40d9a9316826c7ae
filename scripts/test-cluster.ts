import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { dataFolder } from '#setup/data-folder.mjs';
import { ensureRay, ensureRayWithTorch, type RayEnvironment } from './clusters/ray-environment.ts';

/**
 * `npm run test:cluster [-- FILTER]`: the tests that need a real Ray. Where the system allows it, they run in namespaces of
 * their own: Ray's control store listens on every address of the machine, and no process of Ray outlives the tests.
 * Where Ray cannot be installed, or with the reason in KEEL_RAY_SKIP, every test counts as skipped. PyTorch is installed
 * only if the tests of workers are to run; KEEL_TEST_PYTHON may name a Python that has it.
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

/** The environment of workers, if their tests are to run: without a filter, or with one that names them. */
function environmentOfWorkers(filters: readonly string[]): NodeJS.ProcessEnv {
  if (filters.length > 0 && !filters.some((filter) => 'tests/clusters/ray/workers.test.ts'.includes(filter))) return {};
  const found = ensureRayWithTorch(dataFolder(), process.env.KEEL_TEST_PYTHON);
  if ('folder' in found) return { KEEL_RAY_TORCH: found.folder };
  console.warn(`The tests of workers are skipped: ${found.missing}`);
  return {};
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
  const workers = environmentOfWorkers(process.argv.slice(2).filter((argument) => !argument.startsWith('-')));
  const env = { ...process.env, KEEL_RAY: ray.folder, ...workers };
  process.exitCode = run(hasNamespaces ? isolated(command) : command, env);
}
