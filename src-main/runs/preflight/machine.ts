import { statfsSync } from 'node:fs';
import process from 'node:process';

/** The machine resources that a run has to fit into. */
export interface Machine {
  /** Bytes available to a new process, including container limits. */
  availableMemory(): number;
  /** Free bytes on the disk of a folder. */
  freeDisk(folder: string): number;
}

/** A node of a cluster as its engine found it; what it writes comes back to this machine, whose disk must hold it too. */
export function nodeOfCluster(
  { memoryBytes, diskBytes }: { readonly memoryBytes: number; readonly diskBytes: number },
  here: Machine,
): Machine {
  return { availableMemory: () => memoryBytes, freeDisk: (folder) => Math.min(diskBytes, here.freeDisk(folder)) };
}

export const THIS_MACHINE: Machine = {
  availableMemory: () => process.availableMemory(),
  freeDisk: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};
