import { lstatSync, readdirSync, readFileSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fault } from '#contract/errors.ts';
import { hashFile } from './file-hash.ts';

/**
 * A file in every folder that Keel writes for you; lists each of the folder's files with size and SHA-256, so that a
 * later write can determine what may be replaced. Readers of Hugging Face folders ignore it.
 */
export const MANIFEST = 'keel-manifest.json';

const writtenSchema = z.object({
  format: z.literal(1),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int().nonnegative() })),
});
type WrittenFiles = z.infer<typeof writtenSchema>['files'];

/** Replaces the manifest while a folder is being filled; identifies the process that fills it. */
const unfinishedSchema = z.object({ format: z.literal(1), unfinished: z.literal(true), pid: z.int().positive() });

const write = (folder: string, value: unknown) =>
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(value, null, 2)}\n`);

function read<Schema extends z.ZodType>(folder: string, schema: Schema): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** Marks an empty folder as being filled by this process. */
export function markUnfinished(folder: string): void {
  write(folder, { format: 1, unfinished: true, pid: process.pid });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a folder was being filled by a process that no longer exists. */
export function isAbandoned(folder: string): boolean {
  const unfinished = read(folder, unfinishedSchema);
  return unfinished !== null && (unfinished.pid === process.pid || !isRunning(unfinished.pid));
}

/** Lists every file of a complete folder in its manifest. */
export function markWritten(folder: string): void {
  const names = readdirSync(folder).filter((name) => name !== MANIFEST);
  const files = names.sort().map((name) => {
    const path = join(folder, name);
    return [name, { sha256: hashFile(path), bytes: statSync(path).size }] as const;
  });
  write(folder, { format: 1, files: Object.fromEntries(files) });
}

function faultOf(path: string, written: WrittenFiles[string] | undefined): string | null {
  const found = lstatSync(path);
  if (found.isDirectory()) return `is a folder with ${readdirSync(path).length} entries that Keel did not write`;
  if (!written || !found.isFile()) return 'was not written by Keel';
  const isSame = found.size === written.bytes && hashFile(path) === written.sha256;
  return isSame ? null : 'was changed after Keel wrote it';
}

/** The entries of a folder that are not as Keel wrote them, by name; all entries if there is no manifest. */
export function foreignEntries(folder: string): { readonly isMarked: boolean; readonly entries: readonly Fault[] } {
  const written = read(folder, writtenSchema)?.files ?? null;
  const names = readdirSync(folder).filter((name) => written === null || name !== MANIFEST);
  const entries = names.sort().flatMap((name) => {
    const own = written && Object.hasOwn(written, name) ? written[name] : undefined;
    const why = faultOf(join(folder, name), own);
    return why === null ? [] : [{ where: name, why }];
  });
  return { isMarked: written !== null, entries };
}

/** Removes the plain files of a folder and then the folder; false if it contained anything else, which is kept. */
export function removeFiles(folder: string): boolean {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile()) unlinkSync(join(folder, entry.name));
  }
  if (readdirSync(folder).length > 0) return false;
  rmdirSync(folder);
  return true;
}
