import { UPLOAD_CHUNK_BYTES } from '#contract/api/files.ts';
import type { Progress } from '#contract/api/runs/run-records.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';

export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(''));
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
}

/** Sends all chunks of a started upload, in order. */
export async function sendUpload(
  client: ApiClient,
  upload: string,
  files: readonly NamedFile[],
  { signal, onProgress }: SendOptions,
): Promise<void> {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const start = performance.now();
  let done = 0;
  for (const [index, { file }] of files.entries()) {
    for (let offset = 0; offset < file.size; offset += UPLOAD_CHUNK_BYTES) {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(await file.slice(offset, offset + UPLOAD_CHUNK_BYTES).arrayBuffer());
      await client.files.writeUpload({ upload, index, offset, data: toBase64(bytes) });
      done += bytes.length;
      const rate = done / Math.max(1e-3, (performance.now() - start) / 1000);
      onProgress({ phase: 'upload', done, total, unit: 'bytes', rate, secondsLeft: (total - done) / rate });
    }
  }
}
