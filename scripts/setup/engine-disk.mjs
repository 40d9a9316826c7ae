import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { formatBytes } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @param {string} root
 * @param {number} needed bytes
 */
export async function checkDisk(root, needed) {
  await mkdir(root, { recursive: true });
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize >= needed) return;
  throw new SetupError(
    'disk-full',
    `${root} has ${formatBytes(bavail * bsize)} free; the engine needs ${formatBytes(needed)} during setup.`,
    'Free some space, or set KEEL_HOME to a folder on a larger disk.',
  );
}

/**
 * @param {string} staging
 * @param {string} target
 */
export async function putInPlace(staging, target) {
  await rm(target, { recursive: true, force: true });
  await rename(staging, target);
}
