import { existsSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAMS = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };

/**
 * Electron's package does not include its program, which `npx install-electron` downloads.
 * @param {string} root the repository
 * @param {NodeJS.Platform} [platform]
 * @returns {string} path where the program is, or would be
 */
export function electronProgram(root, platform = process.platform) {
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules', 'electron', 'dist');
  return join(dist, PROGRAMS[/** @type {keyof typeof PROGRAMS} */ (platform)] ?? 'electron');
}

/** @param {string} root the repository */
export function hasElectron(root) {
  return existsSync(electronProgram(root));
}
