import { mkdir, rename, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { WantedFile } from './choose-files.ts';
import { fetchFile, partialBytes } from './fetch-file.ts';
import { type HubRequest, lookUp } from './look-up.ts';
import type { HubModel } from './protocol.ts';

export interface DownloadPlaces {
  /** Final folder; the partial folder is renamed to it when every file is complete. */
  readonly folder: string;
  /** Folder next to it that keeps the files of an interrupted download. */
  readonly partial: string;
}

/** Consecutive attempts without progress before giving up. */
const MOST_TRIES = 4;
const FIRST_WAIT_MILLISECONDS = 500;
const AGAIN = new Set(['hub_interrupted', 'hub_unreachable']);
/** Space to keep free on the disk. */
const SPARE_BYTES = 200 * 2 ** 20;

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const missing = bytes + SPARE_BYTES - bavail * bsize;
  if (missing <= 0) return;
  throw new KeelError({
    code: 'disk_full',
    why: `The model needs ${bytes} bytes, but the disk of ${folder} has only ${bavail * bsize} free.`,
    fix: `Free ${Math.ceil(missing / 2 ** 20)} MB and start the download again.`,
  });
}

async function fetchPatiently(
  request: HubRequest,
  commit: string,
  folder: string,
  file: WantedFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const before = await partialBytes(folder, file);
    try {
      return await fetchFile(request, commit, folder, file, onBytes);
    } catch (error) {
      if (!(error instanceof KeelError) || !AGAIN.has(error.code) || tries >= MOST_TRIES) throw error;
      if ((await partialBytes(folder, file)) > before) tries = 0;
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MILLISECONDS * 2 ** tries));
    }
  }
}

/** Total size of a model's files. */
export function totalBytes(files: readonly WantedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Downloads a model, resuming an interrupted download. The folder is renamed when every file is complete, with the
 * right size and hash. Throws what {@link lookUp} and {@link fetchFile} throw, and `disk_full`.
 */
export async function download(
  request: HubRequest,
  placesOf: (model: HubModel) => DownloadPlaces,
  report: (done: number, total: number) => void,
): Promise<HubModel & { readonly folder: string }> {
  const model = await lookUp(request);
  const { folder, partial } = placesOf(model);
  await mkdir(partial, { recursive: true });
  const total = totalBytes(model.files);
  const had = await Promise.all(model.files.map((file) => partialBytes(partial, file)));
  let done = had.reduce((sum, bytes) => sum + bytes, 0);
  await requireSpace(dirname(partial), total - done);
  report(done, total);
  for (const file of model.files) {
    await fetchPatiently(request, model.commit, partial, file, (bytes) => {
      done += bytes;
      report(done, total);
    });
  }
  await rename(partial, folder);
  return { ...model, folder };
}
