import { KeelError } from '#contract/errors.ts';

const MOST_REDIRECTS = 5;
const CONNECT_MILLISECONDS = 30_000;

function refused(why: string): KeelError {
  return new KeelError({
    code: 'hub_refused',
    why,
    fix: 'Check KEEL_HUB_ENDPOINT; the hub that you trust may have been set wrongly.',
  });
}

function unreachable(url: URL, cause: unknown): KeelError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const words = inner instanceof Error ? inner.message : String(inner);
  return new KeelError({
    code: 'hub_unreachable',
    why: `${url.host} cannot be reached: ${words}.`,
    fix: 'Check the connection and try again; what was fetched is kept. Behind a mirror, set KEEL_HUB_ENDPOINT.',
    cause,
  });
}

/** Bare http only where the person's own endpoint uses it, as a mirror on this machine does. */
function requireSafe(url: URL, endpoint: URL): void {
  if (url.protocol === 'https:' || url.origin === endpoint.origin) return;
  throw refused(`The hub led to ${url.origin}, which is not encrypted.`);
}

async function fetchOnce(url: URL, headers: Headers, init: RequestInit): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('no answer within 30 s')), CONNECT_MILLISECONDS);
  try {
    return await fetch(url, { ...init, headers, redirect: 'manual', signal: timeout.signal });
  } catch (cause) {
    throw unreachable(url, timeout.signal.aborted ? timeout.signal.reason : cause);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * `fetch` for the hub's client: follows a few redirects, the token only to the endpoint itself, and takes a part of a
 * file only when the server says that it sends just that part.
 */
export function guardedFetch(endpoint: URL): typeof fetch {
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    for (let redirects = 0; ; redirects++) {
      requireSafe(url, endpoint);
      if (url.origin !== endpoint.origin) headers.delete('authorization');
      const response = await fetchOnce(url, headers, init);
      const next = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || next === null) {
        if (headers.has('range') && response.status === 200) throw refused(`${url.host} does not send parts of files.`);
        return response;
      }
      await response.body?.cancel();
      if (redirects === MOST_REDIRECTS) throw refused(`${url.host} redirects without end.`);
      url = new URL(next, url);
    }
  };
}
