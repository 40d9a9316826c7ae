import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a file or folder takes on the disk, links not followed; 0 when it is not there. */
export function folderBytes(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.isFile() ? found.size : 0;
  return readdirSync(path).reduce((sum, name) => sum + folderBytes(join(path, name)), 0);
}
