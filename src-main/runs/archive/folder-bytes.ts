import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Size of a file or folder on disk without following links; 0 if it does not exist. */
export function folderBytes(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.isFile() ? found.size : 0;
  return readdirSync(path).reduce((sum, name) => sum + folderBytes(join(path, name)), 0);
}
