import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const KILOBYTE = 1024;

/** Peak memory of this process since the last reset, and since its start. */
export interface PeakMeter {
  /**
   * Starts a new window and returns the peak of the previous one. On systems without this feature, windows never end.
   */
  next(): number;
  /** Largest peak of all windows so far. */
  overall(): number;
}

function highWater(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes) return Number(kilobytes) * KILOBYTE;
  } catch {
    // Linux only; elsewhere, the largest size since the start is used.
  }
  return process.resourceUsage().maxRSS * KILOBYTE;
}

/** Reads the kernel's own high-water mark, so no peak between two readings is missed. */
export function createPeakMeter(): PeakMeter {
  let overall = highWater();
  return {
    next() {
      const peak = highWater();
      overall = Math.max(overall, peak);
      try {
        writeFileSync('/proc/self/clear_refs', '5');
      } catch {
        // The mark was not reset: later windows report the peak since the start.
      }
      return peak;
    },
    overall() {
      overall = Math.max(overall, highWater());
      return overall;
    },
  };
}
