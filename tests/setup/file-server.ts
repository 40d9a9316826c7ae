import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FileServer {
  readonly url: string;
  /** `path` or `path bytes=N-`, in the order of arrival. */
  readonly requests: string[];
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on the loopback that answers by path; unknown paths get 404. It closes when the running test ends. */
export async function serve(handlers: Readonly<Record<string, Handler>>): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.range].filter(Boolean).join(' '));
    const handler = handlers[request.url ?? ''];
    if (handler) return handler(request, response);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Answers with the bytes, from the place that the range asks for. */
export function wholeFile(content: Buffer): Handler {
  return (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start >= content.length) return response.writeHead(416).end();
    const rest = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length }).end(rest);
  };
}

/** Sends the first part once and leaves the connection hanging; afterwards behaves. */
export function interruptedFile(content: Buffer, bytes: number, onSent: (response: ServerResponse) => void): Handler {
  let interrupted = false;
  return (request, response) => {
    if (interrupted) return wholeFile(content)(request, response);
    interrupted = true;
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => onSent(response));
  };
}
