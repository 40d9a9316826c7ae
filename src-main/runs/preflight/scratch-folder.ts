import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { removeBelow } from '../../disk/remove-below.ts';

const PREFIX = 'preflight-';

/** Removes what a measurement left whose host died in the middle of it. There is one host per data folder. */
function sweep(home: string): void {
  const own = `${PREFIX}${process.pid}-`;
  for (const name of readdirSync(home)) {
    if (name.startsWith(PREFIX) && !name.startsWith(own)) removeBelow(home, join(home, name));
  }
}

/** An empty folder on the disk of the runs, so that writing a checkpoint takes what it will take. */
export function makeScratchFolder(home: string): string {
  sweep(home);
  return mkdtempSync(join(home, `${PREFIX}${process.pid}-`));
}

export function removeScratchFolder(home: string, folder: string): void {
  removeBelow(home, folder);
}
