import type { IncomingMessage } from 'node:http';
import type { Addresses } from './addresses.ts';

/** Why a request gets nothing: the status, and one line for whoever looks at the answer. */
export interface Refusal {
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

/** A browser tells with each request where it comes from; other programs tell nothing. */
function refuseSource(request: IncomingMessage, { origins }: Addresses, isEffect: boolean): Refusal | null {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (countOf(request, 'origin') > 1 || (origin !== undefined && !origins.has(origin)))
    return refusal(403, 'wrong Origin');
  if (isEffect && origin === undefined) return refusal(403, 'Origin is missing');
  if (site === undefined || site === 'same-origin') return null;
  return site === 'none' && !isEffect ? null : refusal(403, 'from another site');
}

/** A link in a terminal or a file: it opens a page of its own, and its token speaks for it. */
function isOpenedLink({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document' && !headers.origin;
}

/** Judges a request before anything of it is looked at: whom it calls, and who sent it. */
export function refuseRequest(
  request: IncomingMessage,
  addresses: Addresses,
  kind: { readonly isUpgrade: boolean; readonly isEntrance: boolean },
): Refusal | null {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const refused = refuseAddress(request, addresses);
  if (refused) return refused;
  const isTrustedLink = kind.isEntrance && request.method === 'GET' && isOpenedLink(request);
  if (!isTrustedLink) {
    const foreign = refuseSource(request, addresses, kind.isUpgrade || !isRead);
    if (foreign) return foreign;
  }
  return isRead ? null : refusal(405, 'GET only');
}
