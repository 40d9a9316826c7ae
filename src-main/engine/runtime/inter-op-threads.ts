import type { DeviceReport } from './types.ts';

/** Number of graph operations that run at the same time on the CPU; 1 in eager mode, and on a GPU. */
export function interOpThreads({ mode, device, threads, opThreads }: DeviceReport): number {
  if (mode === 'eager' || device === 'gpu') return 1;
  return Math.max(Math.floor(threads / opThreads), 1);
}
