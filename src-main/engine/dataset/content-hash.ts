import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { canceled, KeelError } from '#contract/errors.ts';
import { fileBytes } from './open-bytes.ts';

/** SHA-256 of a file's bytes on disk, as `sha256:<hex>`. Throws `dataset.missing_file`, `canceled`. */
export async function contentHash(path: string, signal?: AbortSignal): Promise<string> {
  fileBytes(path);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    if (signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
    hash.update(piece as Buffer);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Throws `dataset.changed` when a file is not the one that a run was started with. */
export async function checkContentHash(path: string, expected: string): Promise<void> {
  const actual = await contentHash(path);
  if (actual === expected) return;
  throw new KeelError({
    code: 'dataset.changed',
    why: `${path} has changed since the run started (${actual.slice(0, 19)}…, not ${expected.slice(0, 19)}…).`,
    fix: 'Put the original file back, or start a new run with the changed one.',
  });
}
