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

function run(path: string, args: readonly string[]): void {
  const { status } = spawnSync(path, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${path} ${args.join(' ')} did not succeed.`);
}

/**
 * A virtual environment with Ray in the data folder, made once: `clusters-test/ray-VERSION`. Null without a Python that
 * Ray supports.
 */
export function ensureRay(home: string): string | null {
  const folder = join(home, 'clusters-test', `ray-${RAY_VERSION}`);
  if (existsSync(join(folder, MARK))) return folder;
  const python = findPython();
  if (python === null) return null;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '..'), { recursive: true });
  run(python, ['-m', 'venv', folder]);
  run(join(folder, 'bin', 'pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `ray[default]==${RAY_VERSION}`,
  ]);
  writeFileSync(join(folder, `${MARK}.part`), `${RAY_VERSION}\n`);
  renameSync(join(folder, `${MARK}.part`), join(folder, MARK));
  return folder;
}
