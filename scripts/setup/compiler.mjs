import { spawnSync } from 'node:child_process';

const COMPILERS = ['g++', 'c++', 'clang++'];

/**
 * @param {NodeJS.ProcessEnv} [env] `CXX` has priority, as in make
 * @returns {string | null} a C++ compiler that can be run
 */
export function findCompiler(env = process.env) {
  const candidates = env.CXX ? [env.CXX, ...COMPILERS] : COMPILERS;
  return candidates.find((name) => spawnSync(name, ['--version'], { env, stdio: 'ignore' }).status === 0) ?? null;
}
