import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder for everything that clones and runs share: `KEEL_HOME`, or the platform's folder for application data.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {string} absolute path; the folder may not exist yet
 */
export function dataFolder(env = process.env, platform = process.platform) {
  if (env.KEEL_HOME) return resolve(env.KEEL_HOME);
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Keel');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Keel');
  // The XDG specification tells applications to ignore a relative XDG_DATA_HOME.
  const shared = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(homedir(), '.local', 'share');
  return join(shared, 'keel');
}

/**
 * @param {string} home the data folder
 * @returns {string} the folder that contains one subfolder per engine variant
 */
export function engineFolder(home) {
  return join(home, 'engine');
}
