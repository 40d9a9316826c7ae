import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How the stand-in misbehaves. */
export interface HubFaults {
  /** Bytes after which the connection breaks, once for each file path. */
  readonly breakAfter?: number;
  /** Served instead of the listed content. */
  readonly other?: Readonly<Record<string, Buffer>>;
  /** Status of every answer but the listing. */
  readonly status?: number;
  readonly ignoresRange?: boolean;
  /** Sends file bytes from another address by a redirect. */
  readonly redirectTo?: string;
  /** Milliseconds between pieces of 64 kB. */
  readonly pieceMilliseconds?: number;
}

export const COMMIT = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2';
/** Larger files are listed with a SHA-256, as the hub does with large ones. */
const LARGE = 1000;

function entryOf(path: string, content: Buffer) {
  const git = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const lfs = content.length >= LARGE ? { lfs: { oid: sha256, size: content.length, pointerSize: 130 } } : {};
  return { type: 'file', path, size: content.length, oid: git, ...lfs };
}

async function sendSlowly(response: ServerResponse, content: Buffer, pause: number): Promise<void> {
  for (let at = 0; at < content.length && !response.destroyed; at += 65_536) {
    response.write(content.subarray(at, at + 65_536));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  response.end();
}

/** A hub on loopback that answers like the real one, with parts of files, and every request it was asked. */
export async function standInHub(repository: string, files: Readonly<Record<string, Buffer>>, faults: HubFaults = {}) {
  const asked: { readonly path: string; readonly range: string | undefined; readonly token: string | undefined }[] = [];
  const broken = new Set<string>();

  function sendFile(path: string, request: IncomingMessage, response: ServerResponse): void {
    const content = faults.other?.[path] ?? files[path];
    if (!content) return void response.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const isPart = from !== undefined && !faults.ignoresRange;
    const [start, end] = isPart ? [Number(from), Math.min(Number(to) + 1, content.length)] : [0, content.length];
    const body = content.subarray(start, end);
    const range = isPart ? { 'Content-Range': `bytes ${start}-${end - 1}/${content.length}` } : {};
    response.writeHead(isPart ? 206 : 200, { ETag: '"x"', 'Content-Length': body.length, ...range });
    if (faults.pieceMilliseconds && body.length > 1) return void sendSlowly(response, body, faults.pieceMilliseconds);
    if (!faults.breakAfter || body.length <= faults.breakAfter || broken.has(path)) return void response.end(body);
    broken.add(path);
    response.write(body.subarray(0, faults.breakAfter), () => setTimeout(() => response.destroy(), 20));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://hub');
    asked.push({ path: url.pathname, range: request.headers.range, token: request.headers.authorization });
    const json = (value: unknown) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
    if (faults.status && !url.pathname.startsWith('/api/')) return void response.writeHead(faults.status).end();
    if (url.pathname.startsWith(`/api/models/${repository}/revision/`)) {
      const facts = { gated: faults.status ? 'auto' : false, cardData: { license: 'mit' } };
      return void json({ _id: '1', id: repository, sha: COMMIT, downloads: 0, likes: 0, private: false, ...facts });
    }
    if (url.pathname === `/api/models/${repository}/tree/${COMMIT}`) {
      return void json(Object.entries(files).map(([path, content]) => entryOf(path, content)));
    }
    const resolve = `/${repository}/resolve/${COMMIT}/`;
    if (!url.pathname.startsWith(resolve)) return void response.writeHead(404).end();
    const path = decodeURIComponent(url.pathname.slice(resolve.length));
    if (faults.redirectTo) return void response.writeHead(302, { Location: faults.redirectTo + url.pathname }).end();
    sendFile(path, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
