import { join } from 'node:path';

/**
 * The folder in which Node keeps compiled code for the next start of any of Keel's programs (`NODE_COMPILE_CACHE`): about
 * half of what a start computes. It is part of the packages, so that a new clone has a new one; where it cannot be
 * written, programs start as without it.
 * @param {string} root the repository
 * @returns {string} as the user set it, if at all
 */
export function codeCache(root) {
  return process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'keel');
}
