import { mkdir, rename, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { WantedFile } from './choose-files.ts';
import { fetchFile, partialBytes } from './fetch-file.ts';
import { type HubRequest, lookUp } from './look-up.ts';
import type { HubModel } from './protocol.ts';

export interface DownloadPlaces {
  /** Folder that gets its name when everything is there. */
  readonly folder: string;
  /** Beside it, kept when a download breaks off. */
  readonly partial: string;
}

/** Tries in a row that bring nothing. */
const MOST_TRIES = 4;
const FIRST_WAIT_MILLISECONDS = 500;
const AGAIN = new Set(['hub_interrupted', 'hub_unreachable']);
/** Room that a disk should keep. */
const SPARE_BYTES = 200 * 2 ** 20;

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const missing = bytes + SPARE_BYTES - bavail * bsize;
  if (missing <= 0) return;
  throw new KeelError({
    code: 'disk_full',
    why: `The model takes ${bytes} bytes; the disk of ${folder} has ${bavail * bsize} left.`,
    fix: `Free ${Math.ceil(missing / 2 ** 20)} MB and start it again.`,
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

/** Bytes of a model's files. */
export function totalBytes(files: readonly WantedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Fetches a model, going on where an earlier try broke off. The folder gets its name when every file is there with its
 * size and hash. Throws what {@link lookUp} and {@link fetchFile} throw, and `disk_full`.
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
