import { mkdirSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { probeAddon } from './addon.mjs';
import { prebuiltFiles, variants } from './artifacts.mjs';
import { buildVariant } from './build-variant.mjs';
import { engineFolder } from './data-folder.mjs';
import { findDevice } from './device.mjs';
import { sha256Of } from './download.mjs';
import { checkDisk, putInPlace } from './engine-disk.mjs';
import { readManifest, writeChoice } from './engine-manifest.mjs';
import { installPrebuilt } from './prebuilt.mjs';
import { withLock } from './process-lock.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./artifacts.mjs').InstallOptions} InstallOptions
 * @typedef {import('./engine-manifest.mjs').EngineManifest} EngineManifest
 */

/** Failures that trying the next variant cannot fix, or must not hide. */
const FINAL = new Set(['hash-mismatch', 'disk-full', 'packages-missing']);

/**
 * Installs the engine: TensorFlow's own library with tfjs-node-gpu's addon; otherwise, the package's prebuilt files;
 * otherwise, pure JavaScript. Only a complete folder gets its final name, so after a killed setup, just run it again.
 * @param {InstallOptions} options
 * @returns {Promise<import('./engine-manifest.mjs').EngineChoice>}
 * @throws {SetupError} if a file has unexpected content, the disk is full, or a requested device is not available
 */
export async function installEngine(options) {
  const root = engineFolder(options.home);
  const wait = (/** @type {string} */ pid) => say(`Another setup (process ${pid}) is running; waiting for it.`);
  try {
    mkdirSync(options.home, { recursive: true, mode: 0o700 });
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
 * @returns {unknown} the same error, or one that explains it to the user
 */
function explainFileFault(error, root) {
  const { code = '', message = '' } = /** @type {NodeJS.ErrnoException} */ (error ?? {});
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SetupError(
      'disk-full',
      `The disk of ${root} is full.`,
      'Free some space and start again; the data received so far is kept.',
      error,
    );
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) {
    const fix = 'Get write permission for it, or set KEEL_HOME to a folder that you can write to.';
    return new SetupError('not-writable', `The data folder cannot be written: ${message}.`, fix, error);
  }
  return error;
}

/**
 * @param {InstallOptions} options
 * @returns {{ rung: string, install: () => Promise<EngineManifest> }[]} the variants to try, best first
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
  /** @type {SetupError[]} */
  const faults = [];
  for (const { rung, install } of rungs(options)) {
    try {
      const manifest = await install();
      ladder.push({ rung, outcome: 'ready' });
      return choose(options, { variant: manifest.variant, backend: 'tensorflow', ladder });
    } catch (error) {
      if (!(error instanceof SetupError) || FINAL.has(error.code)) throw error;
      ladder.push({ rung, outcome: `${error.code}: ${error.why}` });
      faults.push(error);
      say(`${rung} cannot be used. ${error.message}`);
    }
  }
  // With --from, the user wants the contents of that folder, or an error about what it lacks, but not the fallback.
  if (options.from && faults[0]) throw faults[0];
  if (options.device && options.device !== 'javascript') {
    throw new SetupError(
      'engine-unavailable',
      `No engine for --device ${options.device} could be installed: ${ladder.map(({ outcome }) => outcome).join('; ')}`,
      'Fix the problem above, or omit --device to use any device that works.',
    );
  }
  ladder.push({ rung: 'javascript', outcome: 'ready' });
  say('WARNING: the engine runs in pure JavaScript, about a hundred times slower than TensorFlow.');
  say('After fixing the problem above, run: npm run keel -- engine install');
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
 * Copies a ready engine folder from another machine or user to the data folder.
 * @param {InstallOptions} options
 * @param {string} source
 * @returns {Promise<import('./engine-manifest.mjs').EngineChoice>}
 */
async function adoptReadyFolder(options, source) {
  const manifest = /** @type {EngineManifest} */ (readManifest(source));
  const known = [...(options.known ?? variants()).map(({ name }) => name), prebuiltFiles(options.env)?.name];
  if (!known.includes(manifest.variant)) {
    throw new SetupError('from-unknown', `${source} has ${manifest.variant}, which this version does not use.`, '');
  }
  const actual = await sha256Of(join(source, manifest.binding));
  if (actual !== manifest.sha256[manifest.binding]) {
    throw new SetupError(
      'hash-mismatch',
      `${manifest.binding} in ${source} does not match the manifest.`,
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
