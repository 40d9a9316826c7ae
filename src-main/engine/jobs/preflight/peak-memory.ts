import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const KILOBYTE = 1024;

/** The most memory that this process has held since the last reset, and since its start. */
export interface PeakMeter {
  /** Starts a new window; gives the peak of the one before. Where the system cannot, windows never end. */
  next(): number;
  /** Largest of all windows so far. */
  overall(): number;
}

function highWater(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes) return Number(kilobytes) * KILOBYTE;
  } catch {
    // Only Linux has it; elsewhere the largest size since the start has to do.
  }
  return process.resourceUsage().maxRSS * KILOBYTE;
}

/** Reads the kernel's own high-water mark: no peak between two looks is missed. */
export function createPeakMeter(): PeakMeter {
  let overall = highWater();
  return {
    next() {
      const peak = highWater();
      overall = Math.max(overall, peak);
      try {
        writeFileSync('/proc/self/clear_refs', '5');
      } catch {
        // The mark stays: later windows then tell the peak since the start.
      }
      return peak;
    },
    overall() {
      overall = Math.max(overall, highWater());
      return overall;
    },
  };
}
