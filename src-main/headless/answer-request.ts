import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { RPC_PATH } from '#contract/page-connection.ts';
import type { PageFile } from '../page/page-files.ts';
import { PAGE_HEADERS } from '../page/page-headers.ts';
import type { Addresses } from './addresses.ts';
import type { Login } from './login.ts';

/** Why a request is refused: the status, and a one-line explanation. */
interface Refusal {
  readonly status: 400 | 403 | 405 | 426 | 429;
  readonly why: string;
}

const refusal = (status: Refusal['status'], why: string): Refusal => ({ status, why });

function countOf({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((header, index) => index % 2 === 0 && header.toLowerCase() === name).length;
}

const FORWARDED = ['forwarded', 'x-forwarded-host', 'x-forwarded-for', 'x-forwarded-proto', 'x-original-host'];

function refuseAddress(request: IncomingMessage, { hosts }: Addresses): Refusal | null {
  const { headers, httpVersion, url = '' } = request;
  if (httpVersion !== '1.1') return refusal(403, 'HTTP/1.1 only');
  if (countOf(request, 'host') !== 1 || !hosts.has(headers.host ?? '')) return refusal(403, 'wrong Host');
  if (FORWARDED.some((name) => headers[name] !== undefined)) return refusal(403, 'no proxies');
  return url.startsWith('/') && !url.startsWith('//') ? null : refusal(400, 'wrong target');
}

/** Checks the source of a request. Browsers send it with each request; other programs do not. */
function refuseSource(request: IncomingMessage, { origins }: Addresses, isEffect: boolean): Refusal | null {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (countOf(request, 'origin') > 1 || (origin !== undefined && !origins.has(origin)))
    return refusal(403, 'wrong Origin');
  if (isEffect && origin === undefined) return refusal(403, 'Origin is missing');
  if (site === undefined || site === 'same-origin') return null;
  return site === 'none' && !isEffect ? null : refusal(403, 'from another site');
}

/** Whether a link was opened from a terminal or a file: it navigates to its own page, and its token authorizes it. */
function isOpenedLink({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document' && !headers.origin;
}

/** Checks the target and the source of a request before anything else is read. */
function refuseRequest(
  request: IncomingMessage,
  addresses: Addresses,
  kind: { readonly isUpgrade: boolean; readonly isLoginPath: boolean },
): Refusal | null {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const refused = refuseAddress(request, addresses);
  if (refused) return refused;
  const isTrustedLink = kind.isLoginPath && request.method === 'GET' && isOpenedLink(request);
  if (!isTrustedLink) {
    const foreign = refuseSource(request, addresses, kind.isUpgrade || !isRead);
    if (foreign) return foreign;
  }
  return isRead ? null : refusal(405, 'GET only');
}

export const ENTRANCE_PATH = '/enter';

export interface Answering {
  readonly addresses: Addresses;
  readonly login: Login;
  readonly findFile: (path: string) => Promise<PageFile | null>;
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
const YEAR_SECONDS = 31_536_000;

function sayLine(response: ServerResponse, status: number, line: string, headers: Record<string, string> = {}): void {
  // The rest of a refused request is not read.
  const end = status >= 400 ? { Connection: 'close' } : {};
  response.writeHead(status, { ...PAGE_HEADERS, ...TEXT, ...end, ...headers }).end(`${line}\n`);
}

const NOT_ENTERED = 'Open the link that `keel serve` printed, or press Enter in its terminal for a new one.';

/** Redirects by HTML if a file or a terminal opened the page: browsers withhold strict cookies from HTTP redirects. */
const SEND_ON =
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><link rel="icon" href="/keel.svg"><title>Keel</title>';

function admit(request: IncomingMessage, response: ServerResponse, name: string, value: string): void {
  const cookie = `${name}=${value}; Path=/; HttpOnly; SameSite=Strict`;
  const headers = { ...PAGE_HEADERS, 'Set-Cookie': cookie, 'Cache-Control': 'no-store' };
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/html; charset=utf-8' }).end(SEND_ON);
  } else {
    response.writeHead(303, { ...headers, Location: '/' }).end();
  }
}

function enter(request: IncomingMessage, response: ServerResponse, login: Login): void {
  const { searchParams } = new URL(request.url ?? '', 'http://page');
  const entered = login.enter(searchParams.get('token') ?? '');
  if (entered === null) {
    sayLine(response, 403, `This link is no longer valid. ${NOT_ENTERED}`);
  } else if ('waitSeconds' in entered) {
    const wait = String(entered.waitSeconds);
    sayLine(response, 429, `Too many invalid links. Wait ${wait} s.`, { 'Retry-After': wait });
  } else {
    admit(request, response, login.cookieName, entered.cookie);
  }
}

async function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile): Promise<void> {
  try {
    response.writeHead(200, {
      ...PAGE_HEADERS,
      'Content-Type': file.type,
      'Content-Length': file.bytes,
      'Cache-Control': file.isHashed ? `private, max-age=${YEAR_SECONDS}, immutable` : 'no-store',
    });
    if (request.method === 'HEAD' || file.bytes === 0) response.end();
    else await pipeline(file.handle.createReadStream({ end: file.bytes - 1, autoClose: false }), response);
  } finally {
    await file.handle.close();
  }
}

/** The part of a request's target before the question mark. */
export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** Why a request to upgrade to a WebSocket is refused, or null. */
export function refuseUpgrade(request: IncomingMessage, { addresses, login }: Answering): Refusal | null {
  const refused = refuseRequest(request, addresses, { isUpgrade: true, isLoginPath: false });
  if (refused) return refused;
  if (pathOf(request) !== RPC_PATH) return { status: 403, why: 'no such path' };
  return login.admits(request.headers.cookie) ? null : { status: 403, why: NOT_ENTERED };
}

/** Answers one request: the login link or a file of the page, and nothing else. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { addresses, login, findFile }: Answering,
): Promise<void> {
  const path = pathOf(request);
  const isLoginPath = path === ENTRANCE_PATH;
  const refused = refuseRequest(request, addresses, { isUpgrade: false, isLoginPath });
  if (refused) return sayLine(response, refused.status, refused.why);
  if (isLoginPath && request.method === 'GET') return enter(request, response, login);
  if (!login.admits(request.headers.cookie)) return sayLine(response, 403, NOT_ENTERED);
  if (path === RPC_PATH) return sayLine(response, 426, 'WebSocket only', { Upgrade: 'websocket' });
  const file = await findFile(path);
  return file ? sendFile(request, response, file) : sayLine(response, 404, 'Not found');
}
