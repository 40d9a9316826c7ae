import process from 'node:process';
import { systemPoints } from '../../metrics/system-points.ts';
import type { Runtime } from '../../runtime/types.ts';
import type { Point } from '../context.ts';

/** Memory, graphs, and the time that they took so far, of the process that runs a recipe. */
export function resourcePoints(runtime: Runtime): readonly Point[] {
  return systemPoints(runtime, { residentBytes: process.memoryUsage.rss(), seconds: process.uptime() });
}
