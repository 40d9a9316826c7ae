/**
 * The single entry point: `node scripts/bootstrap.mjs COMMAND [arguments]`. It needs Node 18 or later and nothing else.
 * Installs the packages, the pinned Node, and the engine if they are missing, then runs the command with that Node.
 */
import { realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeCache } from './setup/code-cache.mjs';
import { dataFolder } from './setup/data-folder.mjs';
import { locateEngine } from './setup/engine-manifest.mjs';
import { readTuning } from './setup/engine-tuning.mjs';
import { hasElectron } from './setup/has-electron.mjs';
import { networkEnvironment } from './setup/network-environment.mjs';
import { ensurePackages } from './setup/npm-packages.mjs';
import { pinnedNode } from './setup/pinned-node.mjs';
import { say } from './setup/progress.mjs';
import { writeRecipeIndex } from './setup/recipe-index.mjs';
import { endLike, runChild } from './setup/run-child.mjs';
import { SetupError } from './setup/setup-error.mjs';

const ROOT = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
const KEEL = 'src-main/cli/main.ts';
const BUILD_PAGE = 'scripts/build-renderer.ts';
const BUILD_WINDOW = 'scripts/build-desktop.ts';
const VITEST = 'node_modules/vitest/vitest.mjs';
const TSC = 'node_modules/typescript/bin/tsc';
const KNIP = 'node_modules/knip/bin/knip.js';
const VUE_TSC = 'node_modules/vue-tsc/bin/vue-tsc.js';

/** Subcommands of `keel` that do not need the engine. */
const WITHOUT_ENGINE = new Set([
  undefined,
  'system',
  'doctor',
  'engine',
  'runs',
  'help',
  '--help',
  '-h',
  '--version',
  '-V',
]);

/**
 * The programs that a command runs, one after the other until one fails.
 * @type {Record<string, (args: string[]) => { engine: boolean, programs: string[][] }>}
 */
const COMMANDS = {
  keel: (args) =>
    args[0] === 'engine' && args[1] !== 'tune'
      ? { engine: false, programs: [['scripts/setup/engine.mjs', ...args.slice(1)]] }
      : {
          engine: !WITHOUT_ENGINE.has(args[0]) && !args.includes('--help'),
          programs: [...(args[0] === 'serve' ? [[BUILD_PAGE]] : []), [KEEL, ...args]],
        },
  // An engine in a job of a Ray cluster: the job's driver calls this on the cluster's node.
  'cluster-engine': (args) => ({ engine: true, programs: [['src-main/clusters/node/relay.ts', ...args]] }),
  start: (args) => ({
    engine: true,
    programs: hasElectron(ROOT)
      ? [[BUILD_PAGE], [BUILD_WINDOW], ['node_modules/electron/cli.js', ROOT, ...args]]
      : [[BUILD_PAGE], [KEEL, 'serve', '--open', ...args]],
  }),
  package: (args) => ({
    engine: false,
    programs: [[BUILD_PAGE], [BUILD_WINDOW], ['node_modules/electron-builder/cli.js', ...args]],
  }),
  'test:electron': () => ({ engine: false, programs: [[BUILD_PAGE], [BUILD_WINDOW], ['scripts/test-electron.ts']] }),
  'test:cluster': (args) => ({ engine: true, programs: [['scripts/test-cluster.ts', ...args]] }),
  demo: (args) => ({ engine: true, programs: [[KEEL, 'demo', ...args]] }),
  bench: (args) => ({ engine: true, programs: [['scripts/bench.ts', ...args]] }),
  'bench:ui': (args) => ({ engine: false, programs: [['scripts/bench-ui.ts', ...args]] }),
  acceptance: (args) => ({ engine: true, programs: [['scripts/acceptance.ts', ...args]] }),
  'study:starter': (args) => ({ engine: true, programs: [['scripts/study-starter.ts', ...args]] }),
  'study:claims': (args) => ({ engine: true, programs: [['scripts/study-claims.ts', ...args]] }),
  'study:pairs': (args) => ({ engine: true, programs: [['scripts/study-pairs.ts', ...args]] }),
  'study:pretrained': (args) => ({ engine: true, programs: [['scripts/study-pretrained.ts', ...args]] }),
  screenshots: (args) => ({ engine: true, programs: [['scripts/screenshots.ts', ...args]] }),
  test: (args) => ({ engine: true, programs: [[VITEST, 'run', ...args]] }),
  'test:long': (args) => ({ engine: true, programs: [[VITEST, 'run', '--config', 'vitest.long.config.ts', ...args]] }),
  check: (args) => ({
    engine: true,
    programs: [
      [TSC, '-p', '.'],
      [TSC, '-p', 'tsconfig.contract.json'],
      [TSC, '-p', 'tsconfig.preload.json'],
      [VUE_TSC, '--noEmit', '-p', 'tsconfig.renderer.json'],
      ['node_modules/@biomejs/biome/bin/biome', 'check'],
      [KNIP, '--no-progress'],
      [KNIP, '--no-progress', '--production', '--include', 'files,exports,dependencies'],
      [VITEST, 'run', 'tests/architecture'],
      [VITEST, 'run', '--exclude', 'tests/architecture/**', ...args],
      ['scripts/mutation/mutate-config.ts'],
      ['scripts/size-report.ts'],
    ],
  }),
};

/**
 * Installs the engine if there is none, and builds its addon again, once, after an update of Keel that improves it.
 * @param {{ path: string, flags: string[] }} node
 * @param {string} home
 * @throws {SetupError} `engine-failed`
 */
async function ensureEngine(node, home) {
  const engine = locateEngine({ home });
  if (engine && !engine.mustRebuild) return;
  const script = join(ROOT, 'scripts', 'setup', 'engine.mjs');
  const env = networkEnvironment({ ...process.env, KEEL_HOME: home });
  const device = engine ? ['--device', engine.device] : [];
  const result = await runChild(node.path, [script, 'install', '--quiet', ...device], { env });
  if (result.code === 0 || (engine && !result.signal)) return;
  throw new SetupError('engine-failed', 'The engine is not installed.', 'Fix the problem above and start again.');
}

/**
 * Measures the fastest settings of a new engine once. If that fails, Keel uses its default settings.
 * @param {{ path: string, flags: string[] }} node
 * @param {string} home
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
async function ensureTuning(node, home, env) {
  const engine = locateEngine({ home });
  if (!engine || engine.backend === 'javascript' || readTuning({ home })) return { code: 0, signal: null };
  return runChild(node.path, [...node.flags, join(ROOT, KEEL), 'engine', 'tune'], { cwd: ROOT, env });
}

/**
 * The environment that every Keel program gets.
 * @param {string} nodePath
 * @param {string} home
 * @returns {NodeJS.ProcessEnv}
 */
function programEnvironment(nodePath, home) {
  const engine = locateEngine({ home });
  if (engine?.backend === 'javascript') {
    say('WARNING: the engine runs in pure JavaScript, very slowly. To try again, run: npm run keel -- engine install');
  }
  const path = [dirname(nodePath), process.env.PATH].filter(Boolean).join(delimiter);
  const libraries = engine?.device === 'gpu' ? engine.libraryPath : [];
  const libraryPath = [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return {
    ...process.env,
    PATH: path,
    KEEL_HOME: home,
    KEEL_NODE: nodePath,
    NODE_COMPILE_CACHE: codeCache(ROOT),
    KEEL_ENGINE_BINDING: process.env.KEEL_ENGINE_BINDING ?? engine?.binding ?? '',
    // Marks that the user did not choose the binding, so another engine that is installed later may replace it.
    ...(process.env.KEEL_ENGINE_BINDING === undefined && { KEEL_ENGINE_CHOSEN: 'setup' }),
    ...(libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}),
  };
}

/**
 * The folder that paths on the command line are relative to; npm always runs scripts in the repository.
 * @param {NodeJS.ProcessEnv} env
 */
function callersFolder(env) {
  return (env.npm_lifecycle_event === 'keel' && env.INIT_CWD) || process.cwd();
}

/** @param {string[]} argv */
async function main([command = '', ...args]) {
  const plan = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : null;
  if (!plan) {
    say(`Usage: node scripts/bootstrap.mjs <${Object.keys(COMMANDS).join('|')}> [arguments]`);
    process.exitCode = 2;
    return;
  }
  const withoutEngine = args.includes('--no-engine');
  const { engine, programs } = plan(args.filter((argument) => argument !== '--no-engine'));
  await ensurePackages(ROOT);
  writeRecipeIndex(ROOT);
  const node = pinnedNode(ROOT);
  const home = dataFolder();
  const isOurs = engine && !withoutEngine && process.env.KEEL_ENGINE_BINDING === undefined;
  if (isOurs) await ensureEngine(node, home);
  const env = programEnvironment(node.path, home);
  const tuned = isOurs && command !== 'cluster-engine' ? await ensureTuning(node, home, env) : null;
  if (tuned?.signal) return endLike(tuned);
  if (command === 'start' && !hasElectron(ROOT)) {
    say('Electron is not installed (to install it, run npx install-electron). The app opens in the browser instead.');
  }
  for (const [script = '', ...rest] of programs) {
    const cwd = command === 'keel' ? callersFolder(process.env) : ROOT;
    const result = await runChild(node.path, [...node.flags, join(ROOT, script), ...rest], { cwd, env });
    if (result.signal || result.code !== 0) return endLike(result);
  }
}

main(process.argv.slice(2)).catch((error) => {
  say(error instanceof SetupError ? error.message : String(error?.stack ?? error));
  process.exitCode = 1;
});
