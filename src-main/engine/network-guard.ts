import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import workerThreads from 'node:worker_threads';
import { KeelError } from '#contract/errors.ts';

/** An attempted network access from this process. */
export interface NetworkAttempt {
  /** The function that was called, such as `net.connect`. */
  readonly api: string;
  /** The destination, as far as the call specified it. */
  readonly target: string;
}

export interface NetworkGuard {
  /** Every blocked attempt so far, in order. */
  readonly attempts: readonly NetworkAttempt[];
  /** Called at each refusal, including attempts made before the listener was added. */
  onAttempt(listener: (attempt: NetworkAttempt) => void): void;
}

type Method = (...given: unknown[]) => unknown;
type Methods = Record<string, Method>;

const LONGEST_TARGET = 200;

function described(given: unknown): string {
  if (typeof given === 'string' || typeof given === 'number') return String(given);
  if (given instanceof URL) return given.href;
  if (Array.isArray(given)) return described(given[0]);
  if (typeof given !== 'object' || given === null) return '';
  const { host, hostname, address, port, path, url, file } = given as Record<string, unknown>;
  const name = [host ?? hostname ?? address, port].filter((part) => part !== undefined && part !== null).join(':');
  return name || String(path ?? url ?? file ?? '');
}

function refusal({ api, target }: NetworkAttempt): KeelError {
  return new KeelError({
    code: 'network_refused',
    why: `${api} was blocked${target && ` (${target})`}: engine processes cannot access the network.`,
    fix: 'Download everything that the run needs before you start it.',
  });
}

/** Whether a module's function queries a name server, by its name. */
const isLookup = (name: string) => /^(lookup|resolve|reverse)/.test(name);

/**
 * Blocks and counts every way from this process to a network: sockets, servers, datagrams, name servers, `fetch` and
 * `WebSocket`; `http`, `https`, `http2` and `tls` are built on sockets. Child processes and workers are blocked as
 * well. Must be called before any package loads, since a package may keep references to the functions it finds.
 */
export function guardNetwork(): NetworkGuard {
  const attempts: NetworkAttempt[] = [];
  const listeners: ((attempt: NetworkAttempt) => void)[] = [];
  const refuse = (api: string, given: unknown) => {
    const attempt = { api, target: described(given).slice(0, LONGEST_TARGET) };
    attempts.push(attempt);
    for (const listener of listeners) listener(attempt);
    return refusal(attempt);
  };
  const close = (holder: object, names: readonly string[], label: string, rejects = false) => {
    const methods = holder as Methods;
    for (const name of names) {
      if (typeof methods[name] !== 'function') continue;
      methods[name] = (...given) => {
        const error = refuse(`${label}.${name}`, given[0]);
        if (rejects) return Promise.reject(error);
        throw error;
      };
    }
  };
  close(net.Socket.prototype, ['connect'], 'net');
  close(net.Server.prototype, ['listen'], 'net');
  close(dgram.Socket.prototype, ['bind', 'connect', 'send'], 'dgram');
  close(dns, Object.keys(dns).filter(isLookup), 'dns');
  close(dns.promises, Object.keys(dns.promises).filter(isLookup), 'dns.promises', true);
  for (const { prototype } of [dns.Resolver, dns.promises.Resolver]) {
    close(prototype, Object.getOwnPropertyNames(Object.getPrototypeOf(prototype)).filter(isLookup), 'dns.Resolver');
    close(prototype, Object.getOwnPropertyNames(prototype).filter(isLookup), 'dns.Resolver');
  }
  close(globalThis, ['fetch'], 'globalThis', true);
  // Processes and workers that run outside this thread would bypass the guard.
  close(childProcess.ChildProcess.prototype, ['spawn'], 'child_process');
  close(childProcess, ['spawnSync', 'execSync', 'execFileSync'], 'child_process');
  closeClass(workerThreads, 'Worker', 'worker_threads', refuse);
  for (const name of ['WebSocket', 'EventSource']) closeClass(globalThis, name, 'globalThis', refuse);
  syncBuiltinESMExports();
  return {
    attempts,
    onAttempt(listener) {
      attempts.forEach(listener);
      listeners.push(listener);
    },
  };
}

function closeClass(
  holder: object,
  name: string,
  label: string,
  refuse: (api: string, given: unknown) => KeelError,
): void {
  if (!(name in holder)) return;
  const value = class {
    constructor(address: unknown) {
      throw refuse(`${label}.${name}`, address);
    }
  };
  Object.defineProperty(holder, name, { value, configurable: true });
}

/** Inode numbers of the kernel's internet sockets of one kind. */
function socketInodes(kind: string): readonly string[] {
  const lines = readFileSync(`/proc/self/net/${kind}`, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/)[9] ?? '');
}

/**
 * Number of internet sockets that this process holds open, native libraries included, as the kernel counts them; null
 * on systems that do not report it (all but Linux).
 */
export function openInternetSockets(): number | null {
  try {
    const inodes = new Set(['tcp', 'tcp6', 'udp', 'udp6'].flatMap(socketInodes));
    const held = readdirSync('/proc/self/fd').map((descriptor) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? '';
      } catch {
        return '';
      }
    });
    return held.filter((inode) => inode !== '' && inodes.has(inode)).length;
  } catch {
    return null;
  }
}
