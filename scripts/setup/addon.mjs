import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './setup-error.mjs';

const NODE_MODULES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules');

const HERE = dirname(fileURLToPath(import.meta.url));
const SESSION_OPTIONS = join(HERE, 'session-options.h');
const OWN_OPERATION = join(HERE, 'adam-w-op.cc');

/** The header folders that the addon's sources need for `tensorflow/c/eager/c_api.h`, `kernels.h`, and `ctstring_internal.h`. */
export const HEADER_FOLDERS = [
  'tensorflow/c/',
  'tensorflow/core/common_runtime/next_pluggable_device/c/',
  'tensorflow/core/platform/',
  'tensorflow/tsl/',
  'tsl/',
  'xla/tsl/',
];

/**
 * Compiles tfjs-node-gpu's addon against the libraries in `folder/lib` and the headers in `folder/include`. It uses
 * only Node-API, so one build works in every Node and Electron, and it finds its libraries by relative paths.
 * @param {string} folder the engine folder that is being built
 * @param {string} compiler
 * @returns {{ binding: string, flags: string[] }} file name of the addon, and how it was built
 * @throws {SetupError} `compile-failed` with the compiler's output
 */
export function compileAddon(folder, compiler) {
  const source = join(NODE_MODULES, '@tensorflow', 'tfjs-node-gpu');
  const headers = join(NODE_MODULES, 'node-api-headers', 'include');
  if (!existsSync(source)) {
    throw new SetupError('packages-missing', `${source} is missing.`, 'Run npm ci first.');
  }
  const binding = 'tfjs_binding.node';
  const flags = ['-O3', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'];
  // Loops over numbers become vector instructions, and products and sums stay apart: the same numbers on every processor.
  flags.push('-fno-math-errno', '-fno-trapping-math', '-ffp-contract=off');
  const sources = [
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(source, 'binding', name)),
    OWN_OPERATION,
  ];
  const includes = [`-I${headers}`, '-Iinclude', `-I${source}`, '-include', SESSION_OPTIONS];
  const links = ['-Llib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/lib'];
  const result = spawnSync(compiler, [...flags, ...includes, ...sources, '-o', binding, ...links], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new SetupError(
      'compile-failed',
      `The engine's addon did not compile with ${compiler}:\n${(result.stderr ?? '').slice(-2000)}`,
      'Install a C++17 compiler (Debian: apt install g++) and run: npm run keel -- engine install',
    );
  }
  return { binding, flags };
}

/**
 * Loads an addon in a separate process, because a library that is incompatible with this machine can crash the process.
 * @param {string} path absolute path of the addon
 * @returns {string} TensorFlow's version
 * @throws {SetupError} `addon-does-not-load`
 */
export function probeAddon(path) {
  const script = `const m = { exports: {} }; process.dlopen(m, process.argv[1]); console.log(m.exports.TF_Version);`;
  const result = spawnSync(process.execPath, ['-e', script, path], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  if (result.status === 0) return result.stdout.trim();
  const words = (result.stderr ?? '').split('\n').find((line) => line.startsWith('Error')) ?? '';
  throw new SetupError(
    'addon-does-not-load',
    `The TensorFlow library cannot be loaded on this machine (${words || (result.signal ?? `exit ${result.status}`)}).`,
    'It needs glibc 2.27 or newer and, on x64, a processor with AVX.',
  );
}
