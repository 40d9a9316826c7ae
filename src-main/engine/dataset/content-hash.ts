import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { canceled, KeelError } from '#contract/errors.ts';
import { openFile } from './readers/open-bytes.ts';

/** SHA-256 of a file's bytes on disk, as `sha256:<hex>`. Throws `dataset.missing_file`, `canceled`. */
export async function contentHash(path: string, signal?: AbortSignal): Promise<string> {
  await (await openFile(path)).close();
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    if (signal?.aborted) throw canceled(`Reading ${path} was canceled.`);
    hash.update(piece as Buffer);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** The error for a file that differs from the one the run was started with. */
export function datasetChanged(path: string): KeelError {
  return new KeelError({
    code: 'dataset.changed',
    why: `${path} is not the file that the run started with: its content has changed.`,
    fix: 'Restore the original file, or start a new run with the changed file.',
  });
}
