import { KeelError } from '#contract/errors.ts';

const MOST_REDIRECTS = 5;
const CONNECT_MILLISECONDS = 30_000;

function refused(why: string): KeelError {
  return new KeelError({
    code: 'hub_refused',
    why,
    fix: 'Check KEEL_HUB_ENDPOINT; it may be set to the wrong hub.',
  });
}

function unreachable(url: URL, cause: unknown): KeelError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const words = inner instanceof Error ? inner.message : String(inner);
  return new KeelError({
    code: 'hub_unreachable',
    why: `${url.host} cannot be reached: ${words}.`,
    fix: 'Check your connection and try again; downloaded data is kept. To use a mirror, set KEEL_HUB_ENDPOINT.',
    cause,
  });
}

/** Plain http is allowed only if the user's own endpoint uses it, such as a mirror on this machine. */
function requireSafe(url: URL, endpoint: URL): void {
  if (url.protocol === 'https:' || url.origin === endpoint.origin) return;
  throw refused(`The hub redirected to ${url.origin}, which is not encrypted.`);
}

async function fetchOnce(url: URL, headers: Headers, init: RequestInit): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error('no response within 30 s')), CONNECT_MILLISECONDS);
  try {
    return await fetch(url, { ...init, headers, redirect: 'manual', signal: timeout.signal });
  } catch (cause) {
    throw unreachable(url, timeout.signal.aborted ? timeout.signal.reason : cause);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * `fetch` for the hub client: follows a few redirects, sends the token only to the endpoint itself, and accepts part of
 * a file only if the server confirms that it sends just that part.
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
        if (headers.has('range') && response.status === 200) throw refused(`${url.host} does not support byte ranges.`);
        return response;
      }
      await response.body?.cancel();
      if (redirects === MOST_REDIRECTS) throw refused(`${url.host} redirects too many times.`);
      url = new URL(next, url);
    }
  };
}
