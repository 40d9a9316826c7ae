import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { runIdSchema } from '#contract/ids.ts';

/**
 * A backup is a folder `<name>.keelrun`: `keelrun.json`, which is written last and has a hash of every other file,
 * `rows.sqlite` with the runs' rows, and `runs/<id>/` with the contents of their folders.
 */
export const BACKUP_FORMAT = 1;
export const MANIFEST = 'keelrun.json';
export const ROWS = 'rows.sqlite';
export const SUFFIX = '.keelrun';

/** A relative path with forward slashes that does not leave the folder. */
const filePath = z.string().regex(/^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[^\\:\0]+$/);

export const backupManifestSchema = z.object({
  format: z.number(),
  keel: z.string(),
  madeAt: z.int(),
  /** The requested run. */
  run: runIdSchema,
  /** The run, its stages, and the runs whose models it uses; the latter are included without checkpoints. */
  runs: z.array(
    z.object({ id: runIdSchema, createdAt: z.int(), folder: z.string(), baseFolder: z.string(), isWhole: z.boolean() }),
  ),
  files: z.record(filePath, z.object({ sha256: z.string(), bytes: z.int().nonnegative() })),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** Leftovers of interrupted writes; never part of a run. */
const UNFINISHED = /\.(partial|replaced)$/;

/** Files below a folder as relative paths with forward slashes, sorted; links are left out. */
export function filesBelow(folder: string, isWanted: (topName: string) => boolean = () => true): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep))
    .filter((parts) => isWanted(parts[0] ?? '') && !parts.some((part) => UNFINISHED.test(part)))
    .map((parts) => parts.join('/'))
    .sort();
}

const PIECE = 2 ** 22;

/** Returns the SHA-256 of a file in hexadecimal, and copies it if there is a target. Does not block the host. */
export async function hashAndCopy(
  source: string,
  target: string | null,
  onBytes: (bytes: number) => void,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE);
  if (target) mkdirSync(dirname(target), { recursive: true });
  const from = await open(source, 'r');
  const to = target ? await open(target, 'wx') : null;
  let bytes = 0;
  try {
    for (;;) {
      const { bytesRead } = await from.read(piece, 0, PIECE);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      if (to) await to.writeFile(piece.subarray(0, bytesRead));
      bytes += bytesRead;
      onBytes(bytesRead);
    }
    await to?.sync();
  } finally {
    await from.close();
    await to?.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}
