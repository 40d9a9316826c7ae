import { statfsSync } from 'node:fs';
import process from 'node:process';

/** What of the machine a run has to fit into. */
export interface Machine {
  /** Bytes that a new process may take, limits of a container included. */
  availableMemory(): number;
  /** Bytes free on the disk of a folder. */
  freeDisk(folder: string): number;
}

export const THIS_MACHINE: Machine = {
  availableMemory: () => process.availableMemory(),
  freeDisk: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};
