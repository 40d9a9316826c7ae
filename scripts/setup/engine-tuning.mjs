import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { engineFolder } from './data-folder.mjs';
import { locateEngine, readJson, writeJson } from './engine-manifest.mjs';

/** Raised when what is measured, or what may be chosen, changes. */
const LAYOUT = 1;
const FILE = 'tuning.json';

/**
 * @typedef {object} TunedSettings
 * @property {number} threads within one op; 0 takes all cores
 * @property {boolean} onednn
 * @property {boolean} xla
 *
 * @typedef {object} TriedSettings
 * @property {TunedSettings} settings
 * @property {{ train: number, decode: number } | null} seconds of one training step and one loop of decoding; null when
 * they could not be run
 *
 * @typedef {object} Tuning the fastest settings of one engine on one machine, and what was measured for it
 * @property {number} layout
 * @property {string} machine
 * @property {TunedSettings} settings
 * @property {TriedSettings[]} tried
 * @property {number} measuredAt milliseconds since 1970
 */

/** What the choice holds for: another processor gets another choice. */
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
 * @returns {Tuning | null} null when nothing was measured of this engine on this machine
 */
export function readTuning({ home }) {
  const engine = locateEngine({ home });
  if (!engine || engine.backend === 'javascript') return null;
  /** @type {Tuning | null} */
  const tuning = readJson(tuningFile(home, engine.variant));
  return tuning?.layout === LAYOUT && tuning.machine === machine() ? tuning : null;
}

/**
 * Remembers a choice beside the engine that it was measured with.
 * @param {{ home: string, variant: string }} where
 * @param {Pick<Tuning, 'settings' | 'tried' | 'measuredAt'>} measured
 * @returns {Tuning}
 */
export function writeTuning({ home, variant }, measured) {
  const tuning = { layout: LAYOUT, machine: machine(), ...measured };
  writeJson(tuningFile(home, variant), tuning);
  return tuning;
}
