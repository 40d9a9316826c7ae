import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A file system of its own that can really be full. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all of its room, or all but so many bytes. */
  fill(leaving?: number): void;
  /** Gives the room back. */
  free(): void;
}

function mount(folder: string, megabytes: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'keel-test', folder]).status === 0;
}

const unmount = (folder: string) => spawnSync('umount', ['--lazy', folder]);

/** Whether this user may mount one; a line says so where not. */
export const canMount = (() => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-disk-'));
  const isMounted = mount(folder, 1);
  if (isMounted) unmount(folder);
  else console.warn('No tmpfs can be mounted here: what a full disk does is not tested.');
  return isMounted;
})();

/** Writes pieces that become smaller until nothing more goes in; never more than so many bytes, whatever disk it is. */
function writeUntilFull(path: string, most: number): void {
  const file = openSync(path, 'a');
  let left = most;
  for (let size = 2 ** 20; size >= 1; size /= 2) {
    const piece = Buffer.alloc(size);
    try {
      for (; left >= size; left -= size) writeSync(file, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
}

/** Mounts a small disk for the length of a test. */
export function smallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'keel-disk-'));
  if (!mount(folder, megabytes)) throw new Error('mount has failed');
  const { dev } = statSync(folder);
  onTestFinished(() => {
    unmount(folder);
  });
  const filler = join(folder, 'filler');
  const reserve = join(folder, 'reserve');
  return {
    folder,
    fill(leaving = 0) {
      // A test that has run out of time goes on after its disk has gone.
      if (statSync(folder).dev !== dev) throw new Error(`${folder} is not the small disk any more.`);
      if (leaving > 0) {
        const file = openSync(reserve, 'w');
        writeSync(file, Buffer.alloc(leaving));
        closeSync(file);
      }
      writeUntilFull(filler, megabytes * 2 ** 20);
      rmSync(reserve, { force: true });
    },
    free: () => rmSync(filler, { force: true }),
  };
}
