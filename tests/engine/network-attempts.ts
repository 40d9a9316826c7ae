import '../../src-main/engine/refuse-network.ts';

import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns, { lookup } from 'node:dns';
import promised, { resolve4 } from 'node:dns/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { connect } from 'node:net';
import process from 'node:process';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { networkGuard } from '../../src-main/engine/refuse-network.ts';

/** A program that tries every way to the network, in vain, and prints what was answered and counted. */
const ignore = () => undefined;
const WAYS: Readonly<Record<string, () => unknown>> = {
  'http.get': () => http.get('http://127.0.0.1:9/a'),
  'https.request': () => https.request('https://127.0.0.1:9/a').end(),
  'http2.connect': () => http2.connect('http://127.0.0.1:9'),
  'tls.connect': () => tls.connect(9, '127.0.0.1'),
  'net.connect, imported by name': () => connect(9, '127.0.0.1'),
  'net.Socket': () => new net.Socket().connect({ port: 9 }),
  'a local socket': () => net.createConnection('/tmp/none.sock'),
  'a server': () => http.createServer().listen(0),
  datagram: () => dgram.createSocket('udp4').send('x', 9, '127.0.0.1'),
  'dns.lookup, imported by name': () => lookup('localhost', ignore),
  'dns.resolve': () => dns.resolve('localhost', ignore),
  'dns.promises.resolve4, imported by name': () => resolve4('localhost'),
  'dns.promises.lookup': () => promised.lookup('localhost'),
  'dns.Resolver': () => new dns.Resolver().resolve4('localhost', ignore),
  'dns.promises.Resolver': () => new promised.Resolver().resolve4('localhost'),
  fetch: () => fetch('http://127.0.0.1:9/'),
  WebSocket: () => new WebSocket('ws://127.0.0.1:9'),
  'a child': () => childProcess.spawn('true'),
  'a child that is waited for': () => childProcess.execFileSync('true'),
  'a worker': () => new Worker('0', { eval: true }),
};

const answers: Record<string, readonly unknown[]> = {};
for (const [name, way] of Object.entries(WAYS)) {
  const before = networkGuard.attempts.length;
  let code: unknown = 'not refused';
  try {
    await way();
  } catch (error) {
    code = (error as { code?: string }).code;
  }
  answers[name] = [code, networkGuard.attempts.length - before];
}
process.stdout.write(JSON.stringify(answers));
process.exit(0);
