import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Access control: a link that is valid for one use, then a cookie. */
export interface Login {
  readonly cookieName: string;
  /** The token of the currently valid link; null once it has been used. */
  readonly token: string | null;
  /** Exchanges a link's token for a cookie value. */
  enter(token: string): { readonly cookie: string } | { readonly waitSeconds: number } | null;
  admits(cookieHeader: string | undefined): boolean;
  /** Creates another link, for another browser. An unused link becomes invalid. */
  renew(): string;
  /** Creates another link and also invalidates all cookies. */
  rotate(): string;
}

const BYTES = 32;
/** Wrong tokens without a delay, for example a link from an earlier start. */
const FREE_MISTAKES = 3;
const LONGEST_WAIT_SECONDS = 60;
const LARGEST_COOKIE_HEADER = 8192;
const MOST_COOKIES = 32;

const secret = () => randomBytes(BYTES).toString('base64url');
const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Compares digests in constant time, with equal lengths for any input, to prevent timing attacks. */
function isSame(given: string, digest: Buffer): boolean {
  return timingSafeEqual(digestOf(given), digest);
}

function cookieValues(header: string | undefined, name: string): readonly string[] {
  if (!header || header.length > LARGEST_COOKIE_HEADER) return [];
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

/** @param clock monotonic milliseconds, so that changes of the wall clock have no effect */
export function createLogin(port: number, clock: () => number): Login {
  // Cookies are shared by all ports of a host, so each port uses its own name.
  const cookieName = `keel-${port}`;
  let token: string | null = secret();
  let cookies: readonly Buffer[] = [];
  let [mistakes, openAt] = [0, 0];
  const renew = () => {
    token = secret();
    return token;
  };
  const countMistake = () => {
    mistakes += 1;
    if (mistakes <= FREE_MISTAKES) return;
    openAt = clock() + 1000 * Math.min(LONGEST_WAIT_SECONDS, 2 ** (mistakes - FREE_MISTAKES - 1));
  };
  return {
    cookieName,
    get token() {
      return token;
    },
    enter(given) {
      const wait = openAt - clock();
      if (wait > 0) return { waitSeconds: Math.ceil(wait / 1000) };
      // Compared even if no link is valid, so that the response takes equally long.
      const isRight = isSame(given, digestOf(token ?? secret())) && token !== null;
      if (!isRight) {
        countMistake();
        return null;
      }
      token = null;
      mistakes = 0;
      const cookie = secret();
      cookies = [...cookies, digestOf(cookie)].slice(-MOST_COOKIES);
      return { cookie };
    },
    admits(header) {
      const values = cookieValues(header, cookieName);
      return values.some((value) => cookies.map((digest) => isSame(value, digest)).includes(true));
    },
    renew,
    rotate() {
      cookies = [];
      return renew();
    },
  };
}
