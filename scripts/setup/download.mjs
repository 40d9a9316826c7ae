import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startProgress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const ATTEMPTS = 4;
const STALL_MS = 30_000;

/**
 * @param {string} path
 * @returns {Promise<string>} hex digest
 */
export async function sha256Of(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** @param {string} path */
async function sizeOf(path) {
  return existsSync(path) ? (await stat(path)).size : 0;
}

/**
 * Downloads a file to `target`. Bytes are written to `target.part` and stay there if the download is interrupted, so
 * that the next call continues from them; the file gets its final name only after its hash was verified.
 * @param {{ url: string, target: string, sha256: string | null, size?: number, label: string }} request
 * @returns {Promise<{ sha256: string }>}
 * @throws {SetupError} `download-failed` (no connection, or refused by the server) or `hash-mismatch`
 */
export async function download(request) {
  const { target, sha256 } = request;
  if (sha256 && existsSync(target) && (await sha256Of(target)) === sha256) return { sha256 };
  await mkdir(dirname(target), { recursive: true });
  const part = `${target}.part`;
  await fetchWithRetries(request, part);
  const actual = await sha256Of(part);
  if (sha256 && actual !== sha256) {
    await rm(part, { force: true });
    throw new SetupError(
      'hash-mismatch',
      `${request.label} from ${request.url} has sha256 ${actual}, expected ${sha256}.`,
      'The file was removed. Try again. If it happens again, the server or a proxy is changing the file.',
    );
  }
  await rename(part, target);
  return { sha256: actual };
}

/**
 * @param {{ url: string, size?: number, label: string }} request
 * @param {string} part
 */
async function fetchWithRetries(request, part) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchRest(request, part);
    } catch (error) {
      if (error instanceof SetupError) throw error;
      if (attempt === ATTEMPTS) {
        const reason =
          error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : '';
        throw new SetupError(
          'download-failed',
          `${request.label} could not be downloaded from ${request.url}: ${reason}.`,
          'Check the connection and start again; the data received so far is kept.',
          error,
        );
      }
      await delay(250 * 2 ** attempt);
    }
  }
}

/**
 * @param {{ url: string, size?: number, label: string }} request
 * @param {string} part
 */
async function fetchRest({ url, size, label }, part) {
  const present = await sizeOf(part);
  if (size && present === size) return;
  if (size && present > size) await rm(part);
  const start = size && present > size ? 0 : present;

  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error('no data for 30 s')), STALL_MS);
  const response = await fetch(url, { headers: start > 0 ? { range: `bytes=${start}-` } : {}, signal: stall.signal });
  // 416: the server has no data beyond what is here; the hash decides whether the file is complete.
  if (response.status === 416) return clearTimeout(timer);
  if (!response.ok || !response.body) {
    clearTimeout(timer);
    const message = `${label} could not be downloaded from ${url}: the server responded with ${response.status}.`;
    if (response.status >= 500) throw new Error(message);
    throw new SetupError('download-failed', message, 'Check the address.');
  }
  // A server that ignores the range sends the file from the beginning.
  const from = response.status === 206 ? start : 0;
  const file = await open(part, from > 0 ? 'a' : 'w');
  const progress = startProgress(label, size ?? from + Number(response.headers.get('content-length') ?? 0), from);
  try {
    for await (const chunk of response.body) {
      await file.write(chunk);
      progress.add(chunk.length);
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
    await file.close();
    progress.end();
  }
  if (size && (await sizeOf(part)) < size) throw new Error('the connection ended early');
}
