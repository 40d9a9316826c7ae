import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { type FileRoots, type PickRequest, UPLOAD_CHUNK_BYTES } from '#contract/api/files.ts';
import type { Progress } from '#contract/api/runs/run-records.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { droppedPath } from '../link/dropped-path.ts';
import { useConnection } from './use-connection.ts';

interface NamedFile {
  readonly name: string;
  readonly file: File;
}

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(parts.join(''));
}

interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
}

/** Sends all chunks of a started upload, in order. */
async function sendUpload(
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

export type FileWanted = PickRequest['what'];

/** Finds files on the host's disk and uploads files from the browser. */
export const useFiles = defineStore('files', () => {
  const connection = useConnection();
  const roots = shallowRef<FileRoots | null>(null);
  /** Progress of the current upload; null if there is none. */
  const progress = shallowRef<Progress | null>(null);

  async function loadRoots(): Promise<FileRoots> {
    const client = await connection.api();
    roots.value ??= await client.files.roots();
    return roots.value;
  }

  async function list(folder: string, kinds: readonly string[]) {
    return (await connection.api()).files.list({ folder, kinds: [...kinds] });
  }

  async function makeFolder(folder: string, name: string) {
    return (await connection.api()).files.makeFolder({ folder, name });
  }

  /** Opens the system dialog; only available if `roots.hasDialogs`. */
  async function pick(request: PickRequest): Promise<readonly string[]> {
    return (await (await connection.api()).files.pick(request)).paths;
  }

  /** Uploads files to the host in chunks and returns their path there. A failed upload leaves nothing behind. */
  async function upload(files: readonly NamedFile[], signal?: AbortSignal): Promise<string> {
    const client = await connection.api();
    const names = files.map(({ name, file }) => ({ name, bytes: file.size }));
    const begun = await client.files.beginUpload({ files: names });
    try {
      await sendUpload(client, begun.upload, files, { signal, onProgress: (now) => (progress.value = now) });
      return (await client.files.endUpload(begun)).path;
    } catch (error) {
      await client.files.dropUpload(begun).catch(() => undefined);
      throw error;
    } finally {
      progress.value = null;
    }
  }

  /** Host paths of dropped files: their own paths in the desktop app; uploaded files in a browser. */
  async function pathsOf(files: readonly File[], signal?: AbortSignal): Promise<readonly string[]> {
    const paths: string[] = [];
    for (const file of files) paths.push(droppedPath(file) ?? (await upload([{ name: file.name, file }], signal)));
    return paths;
  }

  return { roots, progress, loadRoots, list, makeFolder, pick, upload, pathsOf };
});
