import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const RAY_VERSION = '2.60.0';
const MARK = 'complete';

/** Whether a Python can run Ray. */
function canRunRay(name: string): boolean {
  const isNew = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10) or sys.version_info > (3, 13))';
  return spawnSync(name, ['-c', isNew]).status === 0;
}

function findPython(): string | null {
  return ['python3.12', 'python3.11', 'python3.10', 'python3'].find(canRunRay) ?? null;
}

function run(path: string, args: readonly string[]): boolean {
  return spawnSync(path, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** A virtual environment with Ray, or why there is none. */
export type RayEnvironment = { readonly folder: string } | { readonly missing: string };

interface Wanted {
  /** Name of its folder. */
  readonly name: string;
  /** The Python that it is made of; null if there is none. */
  readonly python: string | null;
  readonly packages: readonly string[];
  /** Folder with packages of another environment that it uses as well; empty for none. */
  readonly borrowed: string;
}

/** Prints where an environment with PyTorch has its packages; fails in one without. */
const PACKAGES_WITH_TORCH =
  'import importlib.util, sysconfig; importlib.util.find_spec("torch").origin; importlib.util.find_spec("transformers").origin; print(sysconfig.get_path("purelib"))';

function ensure(home: string, { name, python, packages, borrowed }: Wanted): RayEnvironment {
  const folder = join(home, 'clusters-test', name);
  const mark = join(folder, MARK);
  const content = `${RAY_VERSION} ${borrowed}\n`;
  if (existsSync(mark) && readFileSync(mark, 'utf8').trim() === content.trim()) return { folder };
  if (python === null) return { missing: 'Ray needs Python 3.10 to 3.13 with the modules venv and ensurepip.' };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, '..'), { recursive: true });
  const install = ['install', '--quiet', '--disable-pip-version-check', ...packages];
  if (!run(python, ['-m', 'venv', folder]) || !run(join(folder, 'bin', 'pip'), install)) {
    return { missing: `pip could not install ${packages.join(' ')}; the lines above say why.` };
  }
  if (borrowed !== '') {
    const [own = ''] = packagesOf(
      join(folder, 'bin', 'python'),
      'import sysconfig; print(sysconfig.get_path("purelib"))',
    );
    writeFileSync(join(own, 'borrowed.pth'), `${borrowed}\n`);
  }
  writeFileSync(`${mark}.part`, content);
  renameSync(`${mark}.part`, mark);
  return { folder };
}

/** The lines that a program prints; none if it fails. */
function packagesOf(python: string, program: string): readonly string[] {
  const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n') : [];
}

/** Makes a virtual environment with Ray in the data folder, once: `clusters-test/ray-VERSION`. */
export function ensureRay(home: string): RayEnvironment {
  const packages = [`ray[default]==${RAY_VERSION}`];
  return ensure(home, { name: `ray-${RAY_VERSION}`, python: findPython(), packages, borrowed: '' });
}

/**
 * The same with Ray Train and PyTorch, for workers: `clusters-test/ray-VERSION-torch`. PyTorch takes gigabytes, so that of
 * a Python that has it is used where there is one.
 * @param python a Python that may have PyTorch; `undefined` for none
 */
export function ensureRayWithTorch(home: string, python: string | undefined): RayEnvironment {
  const name = `ray-${RAY_VERSION}-torch`;
  const ray = `ray[default,train]==${RAY_VERSION}`;
  const [borrowed = ''] = python !== undefined && canRunRay(python) ? packagesOf(python, PACKAGES_WITH_TORCH) : [];
  if (python !== undefined && borrowed !== '') return ensure(home, { name, python, packages: [ray], borrowed });
  return ensure(home, { name, python: findPython(), packages: [ray, 'torch', 'transformers'], borrowed: '' });
}
