import { statfsSync } from 'node:fs';
import process from 'node:process';

/** The machine resources that a run has to fit into. */
export interface Machine {
  /** Bytes available to a new process, including container limits. */
  availableMemory(): number;
  /** Free bytes on the disk of a folder. */
  freeDisk(folder: string): number;
}

export const THIS_MACHINE: Machine = {
  availableMemory: () => process.availableMemory(),
  freeDisk: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};
