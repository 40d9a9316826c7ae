import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { engineFolder } from './data-folder.mjs';
import { locateEngine, readJson, writeJson } from './engine-manifest.mjs';

/** Increased when the measurements or the possible choices change. */
const LAYOUT = 1;
const FILE = 'tuning.json';

/**
 * @typedef {object} TunedSettings
 * @property {number} threads within one op; 0 uses all cores
 * @property {boolean} onednn
 * @property {boolean} xla
 *
 * @typedef {object} TriedSettings
 * @property {TunedSettings} settings
 * @property {{ train: number, decode: number } | null} seconds of one training step and one decoding loop; null if they
 * could not be run
 *
 * @typedef {object} TunedProducts seconds of a layer's products and their gradients
 * @property {number} float32
 * @property {number | null} bfloat16 null if the processor has no such products
 * @property {'float32' | 'bfloat16'} recommended
 *
 * @typedef {object} Tuning the fastest settings of one engine on one machine, and the measurements
 * @property {number} layout
 * @property {string} machine
 * @property {TunedSettings} settings
 * @property {TriedSettings[]} tried
 * @property {TunedProducts | null} [products] absent in older measurements
 * @property {number} measuredAt milliseconds since 1970
 */

/** The machine for which a choice is valid: another processor needs another choice. */
function machine() {
  return `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`;
}

/**
 * @param {string} home
 * @param {string} variant
 */
function tuningFile(home, variant) {
  return join(engineFolder(home), variant, FILE);
}

/**
 * @param {{ home: string }} options
 * @returns {Tuning | null} null if this engine has not been measured on this machine
 */
export function readTuning({ home }) {
  const engine = locateEngine({ home });
  if (!engine || engine.backend === 'javascript') return null;
  /** @type {Tuning | null} */
  const tuning = readJson(tuningFile(home, engine.variant));
  return tuning?.layout === LAYOUT && tuning.machine === machine() ? tuning : null;
}

/**
 * Saves a choice in the folder of the engine that it was measured with.
 * @param {{ home: string, variant: string }} where
 * @param {Pick<Tuning, 'settings' | 'tried' | 'products' | 'measuredAt'>} measured
 * @returns {Tuning}
 */
export function writeTuning({ home, variant }, measured) {
  const tuning = { layout: LAYOUT, machine: machine(), ...measured };
  writeJson(tuningFile(home, variant), tuning);
  return tuning;
}
