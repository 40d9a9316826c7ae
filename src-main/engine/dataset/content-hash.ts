import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { canceled, KeelError } from '#contract/errors.ts';
import { fileBytes } from './readers/open-bytes.ts';

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

/** The fault of a file that is not the one that a run was started with. */
export function datasetChanged(path: string): KeelError {
  return new KeelError({
    code: 'dataset.changed',
    why: `${path} is not the file that the run started with: its content has changed.`,
    fix: 'Put the original file back, or start a new run with the changed one.',
  });
}
