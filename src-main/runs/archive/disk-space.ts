import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { KeelError } from '#contract/errors.ts';
import { formatBytes } from '#contract/format.ts';
import { configTexts } from '../host/artifact-references.ts';

const MEGABYTE = 2 ** 20;
/** Log, samples, and growth of the store. */
const SLACK_BYTES = 50 * MEGABYTE;
/** A weight and its two AdamW moments, for policy and critic. */
const COPIES_PER_CHECKPOINT = 6;
/** The best, the last, and the one being written. */
const CHECKPOINTS_AT_ONCE = 3;

/** Bytes of the weights in a model's folder; 0 if there is no such folder. */
export function weightBytes(folder: string): number {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return 0;
  const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** The minimum disk space for a run's checkpoints, from the largest model folder that its config refers to. */
export function estimateDiskBytes(
  config: Detail,
  baseFolder: string,
  locations: Readonly<Record<string, string>>,
): number {
  const folders = configTexts(config).map(({ text }) => locations[text] ?? resolve(baseFolder, text));
  const largest = Math.max(0, ...folders.filter((folder) => folder.length < 4096).map(weightBytes));
  return largest * COPIES_PER_CHECKPOINT * CHECKPOINTS_AT_ONCE + SLACK_BYTES;
}

/**
 * Refuses to start a run that would fill the disk or exceed the run's own budget.
 * Throws `disk_space` or `disk_budget`, each with both numbers.
 */
export function requireDiskSpace(folder: string, neededBytes: number, budgetBytes: number): void {
  if (neededBytes > budgetBytes) {
    throw new KeelError({
      code: 'disk_budget',
      why:
        `The run needs about ${formatBytes(neededBytes)} for its checkpoints, ` +
        `but its budget is ${formatBytes(budgetBytes)}.`,
      fix: 'Raise checkpoints.disk_budget_gb, or set it to null.',
    });
  }
  requireFreeSpace(
    folder,
    neededBytes,
    'The run needs',
    'Empty the trash, or set KEEL_HOME to a folder on another disk.',
  );
}

/** Refuses a write that would fill the disk. Throws `disk_space` with both numbers. */
export function requireFreeSpace(
  folder: string,
  neededBytes: number,
  what = 'This needs',
  fix = 'Choose a folder on another disk.',
): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= neededBytes) return;
  throw new KeelError({
    code: 'disk_space',
    why: `${what} about ${formatBytes(neededBytes)} in ${folder}, but only ${formatBytes(free)} are free.`,
    fix: `Free ${formatBytes(neededBytes - free, 'ceil')}. ${fix}`,
  });
}
