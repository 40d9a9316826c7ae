import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { probeAddon } from './addon.mjs';
import { prebuiltStorage } from './artifacts.mjs';
import { engineFolder } from './data-folder.mjs';
import { download, sha256Of } from './download.mjs';
import { putInPlace } from './engine-disk.mjs';
import { LAYOUT, readManifest, sizesBelow, writeManifest } from './engine-manifest.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {import('./artifacts.mjs').InstallOptions} InstallOptions
 * @typedef {import('./artifacts.mjs').PrebuiltFile} PrebuiltFile
 * @typedef {import('./engine-manifest.mjs').EngineManifest} EngineManifest
 */

/** The addon expects its library two folders up, so both keep their locations from the package. */
const ADDON_FOLDER = 'lib/napi-v8';
const LIBRARY_FOLDER = 'deps';

/**
 * Second choice, for machines without a compiler: an older TensorFlow and the addon built by the package's authors.
 * @param {InstallOptions} options
 * @param {{ name: string, library: PrebuiltFile, addon: PrebuiltFile }} files
 * @returns {Promise<EngineManifest>}
 * @throws {SetupError} `unverified` without consent to a file that has no published hash, or `download-failed`
 */
export async function installPrebuilt(options, files) {
  const root = engineFolder(options.home);
  const ready = options.force ? null : readManifest(join(root, files.name));
  if (ready) return ready;
  if (!files.addon.sha256 && !options.allowUnverified) {
    throw new SetupError(
      'unverified',
      `The package's own prebuilt addon could be used, but its hash is not published.`,
      'To use it anyway, run: npm run keel -- engine install --allow-unverified',
    );
  }
  const staging = join(root, '.staging', files.name);
  const hashes = {
    ...(await unpackArchive(options, files.library, join(staging, LIBRARY_FOLDER))),
    ...(await unpackArchive(options, files.addon, join(staging, 'addon'))),
  };
  await rm(join(staging, LIBRARY_FOLDER, 'include'), { recursive: true, force: true });
  await placeAddon(staging);
  const manifest = await describe(staging, files, hashes);
  writeManifest(staging, manifest);
  await putInPlace(staging, join(root, files.name));
  return manifest;
}

/**
 * @param {InstallOptions} options
 * @param {PrebuiltFile} file
 * @param {string} folder
 * @returns {Promise<Record<string, string>>} sha256 by file name
 */
async function unpackArchive({ home, from, env }, file, folder) {
  const name = basename(file.path);
  const local = from ? join(from, name) : null;
  if (local && !existsSync(local)) {
    throw new SetupError('from-incomplete', `${from} does not contain ${name}.`, 'Put it there.');
  }
  const target = local ?? join(engineFolder(home), '.downloads', name);
  const url = `${prebuiltStorage(env)}${file.path}`;
  const sha256 = local
    ? await sha256Of(local)
    : (await download({ url, target, sha256: file.sha256, label: name })).sha256;
  if (file.sha256 && sha256 !== file.sha256) {
    throw new SetupError(
      'hash-mismatch',
      `${target} has sha256 ${sha256}, expected ${file.sha256}.`,
      'Download it again.',
    );
  }
  if (!file.sha256) say(`Not verified, because its hash is not published: ${name} (sha256 ${sha256}).`);
  await mkdir(folder, { recursive: true });
  const result = spawnSync('tar', ['-xzf', target, '-C', folder], { encoding: 'utf8' });
  if (result.status !== 0) throw new SetupError('archive-broken', `${name} cannot be unpacked: ${result.stderr}`, '');
  return { [name]: sha256 };
}

/** @param {string} staging */
async function placeAddon(staging) {
  const found = ['tfjs_binding.node', 'napi-v8/tfjs_binding.node', 'Release/tfjs_binding.node']
    .map((name) => join(staging, 'addon', name))
    .find((path) => existsSync(path));
  if (!found) throw new SetupError('archive-broken', 'The prebuilt archive does not contain tfjs_binding.node.', '');
  await mkdir(join(staging, ADDON_FOLDER), { recursive: true });
  await rename(found, join(staging, ADDON_FOLDER, 'tfjs_binding.node'));
  await rm(join(staging, 'addon'), { recursive: true, force: true });
}

/**
 * @param {string} staging
 * @param {{ name: string, library: PrebuiltFile, addon: PrebuiltFile }} files
 * @param {Record<string, string>} hashes
 * @returns {Promise<EngineManifest>}
 */
async function describe(staging, files, hashes) {
  const binding = `${ADDON_FOLDER}/tfjs_binding.node`;
  return {
    layout: LAYOUT,
    variant: files.name,
    backend: 'tensorflow',
    device: 'cpu',
    tensorflowVersion: probeAddon(join(staging, binding)),
    binding,
    files: sizesBelow(staging),
    sha256: { ...hashes, [binding]: await sha256Of(join(staging, binding)) },
    unverified: files.addon.sha256 ? [] : [basename(files.addon.path)],
    build: null,
    libraryPath: [`${LIBRARY_FOLDER}/lib`],
  };
}
