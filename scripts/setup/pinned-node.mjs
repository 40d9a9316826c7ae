import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';

/** The oldest Node version that better-sqlite3 can be loaded in (Node-API 10). */
const FLOOR = [22, 14];
/** The first Node version that runs TypeScript without a flag. */
const STRIPS_TYPES = [22, 18];

/**
 * @param {string} version as in `22.14.0`
 * @param {number[]} floor
 */
function isAtLeast(version, [floorMajor = 0, floorMinor = 0]) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > floorMajor || (major === floorMajor && minor >= floorMinor);
}

/**
 * The Node that runs Keel: the one that npm installed with the packages, or the running one if it is new enough.
 * @param {string} root the repository
 * @param {{ platform: string, arch: string, version: string, execPath: string }} [host]
 * @returns {{ path: string, flags: string[] }}
 * @throws {SetupError} `node-too-old`
 */
export function pinnedNode(root, host = { ...pick(process), version: process.versions.node }) {
  const family = host.platform === 'win32' ? 'win' : host.platform;
  const folder = join(root, 'node_modules', `node-${family}-${host.arch}`);
  const path = join(folder, 'bin', host.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(path)) return { path, flags: [] };
  if (!isAtLeast(host.version, FLOOR)) {
    throw new SetupError(
      'node-too-old',
      `The packages include no Node for ${host.platform}-${host.arch}, and the running version is ${host.version}.`,
      'Install Node 24 (or any version from 22.14 on) and start again.',
    );
  }
  const old = !isAtLeast(host.version, STRIPS_TYPES) || /^23\.[0-5]\./.test(host.version);
  return { path: host.execPath, flags: old ? ['--experimental-strip-types', '--no-warnings'] : [] };
}

/** @param {NodeJS.Process} host */
function pick({ platform, arch, execPath }) {
  return { platform, arch, execPath };
}
