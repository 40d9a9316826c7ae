import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { prebuiltFiles, variants } from './artifacts.mjs';
import { engineFolder } from './data-folder.mjs';

/** Increased when folders written by older code can no longer be used. */
export const LAYOUT = 1;
/** Increased when an addon built by older code works, but less well: the next start then builds it again. */
export const ADDON_REVISION = 3;
const MANIFEST = 'engine.json';
const CHOICE = 'choice.json';

/**
 * @typedef {object} EngineManifest the contents of `engine.json`, which describes its folder
 * @property {number} layout
 * @property {string} variant
 * @property {'tensorflow' | 'javascript'} backend
 * @property {'cpu' | 'gpu'} device
 * @property {string | null} tensorflowVersion
 * @property {string} binding path of the addon relative to the folder; empty for pure JavaScript
 * @property {Record<string, number>} files size in bytes of every required file
 * @property {Record<string, string>} sha256 of the downloads and of the addon
 * @property {string[]} unverified downloads without a published hash to verify them
 * @property {{ compiler: string, flags: string[], revision?: number } | null} build
 * @property {number} [triedRevision] of an addon that could not be built in place of this one
 * @property {string[]} libraryPath relative folders for the dynamic loader of the process that starts the engine
 *
 * @typedef {object} EngineChoice the contents of `choice.json`: which folder to use, and why
 * @property {string} variant
 * @property {'tensorflow' | 'javascript'} backend
 * @property {{ rung: string, outcome: string }[]} ladder every variant that was tried, in order
 *
 * @typedef {object} LocatedEngine
 * @property {string} variant
 * @property {string} binding absolute path of the addon; empty for pure JavaScript
 * @property {'tensorflow' | 'javascript'} backend
 * @property {'cpu' | 'gpu'} device
 * @property {string[]} libraryPath absolute folders
 * @property {boolean} mustRebuild its addon is of an older version, and no setup has tried to build it again
 */

/**
 * @template T
 * @param {string} path
 * @returns {T | null}
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {string} path
 * @param {unknown} value
 */
export function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.part`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(beside, path);
}

/**
 * @param {string} folder
 * @param {string} [below]
 * @returns {Record<string, number>} size of every file by relative path
 */
export function sizesBelow(folder, below = '') {
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const name = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) Object.assign(sizes, sizesBelow(folder, name));
    else sizes[name] = statSync(join(folder, name)).size;
  }
  return sizes;
}

/**
 * @param {string} folder
 * @param {EngineManifest} manifest
 */
export function writeManifest(folder, manifest) {
  writeJson(join(folder, MANIFEST), manifest);
}

/**
 * @param {string} folder
 * @returns {EngineManifest | null} null if the folder is not a complete engine: a file is missing or has another size
 */
export function readManifest(folder) {
  /** @type {EngineManifest | null} */
  const manifest = readJson(join(folder, MANIFEST));
  if (manifest?.layout !== LAYOUT) return null;
  const complete = Object.entries(manifest.files).every(([name, size]) => {
    const path = join(folder, name);
    return !isAbsolute(name) && existsSync(path) && statSync(path).size === size;
  });
  return complete ? manifest : null;
}

/**
 * @param {EngineManifest} manifest
 * @returns {boolean} whether an older version of Keel compiled its addon
 */
export function isOutdated({ build }) {
  return build !== null && (build.revision ?? 0) < ADDON_REVISION;
}

/**
 * @param {string} home
 * @param {EngineChoice} choice
 */
export function writeChoice(home, choice) {
  writeJson(join(engineFolder(home), CHOICE), choice);
}

/**
 * @param {string} home
 * @returns {EngineChoice | null}
 */
export function readChoice(home) {
  return readJson(join(engineFolder(home), CHOICE));
}

/**
 * Finds the engine that the setup installed in the data folder: the chosen one, or else any complete one that this
 * version of Keel knows, best device first.
 * @param {{ home: string }} options
 * @returns {LocatedEngine | null} null if there is none yet
 */
export function locateEngine({ home }) {
  const choice = readChoice(home);
  if (choice?.backend === 'javascript') {
    return {
      variant: choice.variant,
      binding: '',
      backend: 'javascript',
      device: 'cpu',
      libraryPath: [],
      mustRebuild: false,
    };
  }
  const prebuilt = prebuiltFiles();
  const known = [...variants().map((variant) => variant.name), ...(prebuilt ? [prebuilt.name] : [])];
  // A choice made by another version of Keel may refer to a variant that this version does not support.
  const wanted = choice && known.includes(choice.variant) ? [choice.variant] : [];
  for (const name of new Set([...wanted, ...known])) {
    const folder = join(engineFolder(home), name);
    const manifest = readManifest(folder);
    if (!manifest) continue;
    return {
      variant: manifest.variant,
      binding: join(folder, manifest.binding),
      backend: manifest.backend,
      device: manifest.device,
      libraryPath: manifest.libraryPath.map((path) => join(folder, path)),
      mustRebuild: isOutdated(manifest) && (manifest.triedRevision ?? 0) < ADDON_REVISION,
    };
  }
  return null;
}
