import { isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** The names under which a server may be addressed: exactly these, with no other spelling. */
export interface Addresses {
  /** Values of the Host header. */
  readonly hosts: ReadonlySet<string>;
  /** Values of the Origin header. */
  readonly origins: ReadonlySet<string>;
  /** The address that is printed. */
  readonly origin: string;
}

const EVERYWHERE = new Set(['0.0.0.0', '::']);
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

const bracketed = (name: string) => (isIPv6(name) ? `[${name}]` : name.toLowerCase());

function namesOf(bind: string): readonly string[] {
  if (EVERYWHERE.has(bind)) {
    const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    return [hostname(), 'localhost', ...own.filter((address) => !address.startsWith('fe80'))];
  }
  return LOOPBACK.has(bind) ? [bind, 'localhost'] : [bind];
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(bind: string): boolean {
  return LOOPBACK.has(bind);
}

/** @param bind the address that the server listens on */
export function addressesOf(bind: string, port: number): Addresses {
  // Browsers omit the default port of http.
  const withPort = (name: string) => (port === 80 ? name : `${name}:${port}`);
  const hosts = namesOf(bind).map((name) => withPort(bracketed(name)));
  return {
    hosts: new Set(hosts),
    origins: new Set(hosts.map((host) => `http://${host}`)),
    origin: `http://${hosts[0]}`,
  };
}
