import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const PREFIX = 'preflight-';

/** Removes what a measurement left whose host died in the middle of it. There is one host per data folder. */
function sweep(home: string): void {
  const own = `${PREFIX}${process.pid}-`;
  for (const name of readdirSync(home)) {
    if (name.startsWith(PREFIX) && !name.startsWith(own)) rmSync(join(home, name), { recursive: true, force: true });
  }
}

/** An empty folder on the disk of the runs, so that writing a checkpoint takes what it will take. */
export function makeScratchFolder(home: string): string {
  sweep(home);
  return mkdtempSync(join(home, `${PREFIX}${process.pid}-`));
}

export function removeScratchFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
