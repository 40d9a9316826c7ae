import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const RAY_VERSION = '2.60.0';
const MARK = 'complete';

/** A Python that can run Ray, or null. */
function findPython(): string | null {
  const names = ['python3.12', 'python3.11', 'python3.10', 'python3'];
  const isNew = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10) or sys.version_info > (3, 13))';
  return names.find((name) => spawnSync(name, ['-c', isNew]).status === 0) ?? null;
}

function run(path: string, args: readonly string[]): boolean {
  return spawnSync(path, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** A virtual environment with Ray, or why there is none. */
export type RayEnvironment = { readonly folder: string } | { readonly missing: string };

/** Makes a virtual environment with Ray in the data folder, once: `clusters-test/ray-VERSION`. */
export function ensureRay(home: string): RayEnvironment {
  const folder = join(home, 'clusters-test', `ray-${RAY_VERSION}`);
  if (existsSync(join(folder, MARK))) return { folder };
  const python = findPython();
  if (python === null) return { missing: 'Ray needs Python 3.10 to 3.13 with the modules venv and ensurepip.' };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '..'), { recursive: true });
  const pip = join(folder, 'bin', 'pip');
  const install = ['install', '--quiet', '--disable-pip-version-check', `ray[default]==${RAY_VERSION}`];
  if (!run(python, ['-m', 'venv', folder]) || !run(pip, install)) {
    return { missing: `pip could not install ray[default] ${RAY_VERSION}; the lines above say why.` };
  }
  writeFileSync(join(folder, `${MARK}.part`), `${RAY_VERSION}\n`);
  renameSync(join(folder, `${MARK}.part`), join(folder, MARK));
  return { folder };
}
