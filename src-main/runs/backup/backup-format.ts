import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { runIdSchema } from '#contract/ids.ts';

/**
 * A backup is a folder `<name>.keelrun`: `keelrun.json`, which is written last and hashes every other file, `rows.sqlite`
 * with the runs' rows, and `runs/<id>/` with what their folders held.
 */
export const BACKUP_FORMAT = 1;
export const MANIFEST = 'keelrun.json';
export const ROWS = 'rows.sqlite';
export const SUFFIX = '.keelrun';

/** Relative, forward slashes, no way out of the folder. */
const filePath = z.string().regex(/^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[^\\:\0]+$/);

export const backupManifestSchema = z.object({
  format: z.number(),
  keel: z.string(),
  madeAt: z.int(),
  /** The run that was asked for. */
  run: runIdSchema,
  /** It, its stages, and the runs whose models it was built on; those come without checkpoints. */
  runs: z.array(
    z.object({ id: runIdSchema, createdAt: z.int(), folder: z.string(), baseFolder: z.string(), isWhole: z.boolean() }),
  ),
  files: z.record(filePath, z.object({ sha256: z.string(), bytes: z.int().nonnegative() })),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** What writers leave behind when they die; never part of a run. */
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

/** SHA-256 of a file in hexadecimal; with a target it is copied on the way. The host answers others meanwhile. */
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
