import { isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** By what names a server may be called: exactly these, no other spelling of them. */
export interface Addresses {
  /** Values of the Host header. */
  readonly hosts: ReadonlySet<string>;
  /** Values of the Origin header. */
  readonly origins: ReadonlySet<string>;
  /** The one that is printed. */
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

/** True when only this machine can reach what listens there. */
export function isLoopback(bind: string): boolean {
  return LOOPBACK.has(bind);
}

/** @param bind what the server listens on */
export function addressesOf(bind: string, port: number): Addresses {
  // Browsers leave the port of http out.
  const withPort = (name: string) => (port === 80 ? name : `${name}:${port}`);
  const hosts = namesOf(bind).map((name) => withPort(bracketed(name)));
  return {
    hosts: new Set(hosts),
    origins: new Set(hosts.map((host) => `http://${host}`)),
    origin: `http://${hosts[0]}`,
  };
}
