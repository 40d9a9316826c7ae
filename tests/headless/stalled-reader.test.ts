import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { pageContext } from '../../src-main/attach/page-context.ts';
import { serveSocket } from '../../src-main/attach/serve-socket.ts';
import { durably } from '../../src-main/store/database.ts';
import { CONFIG, fakeHost, watchAll } from '../runs/fake-host.ts';
import { upgrade } from './raw-http.ts';

const BATCHES = 600;
const BATCH_BYTES = 50_000;
/** Each is the last of a batch of its own: a watcher reads 2000 numbers at a time. */
const APART = 2000;

/** A masked frame, as a client has to send it; the mask is zero, so the text stands as it is. */
function frame(text: string): Buffer {
  const bytes = Buffer.from(text);
  expect(bytes.length).toBeLessThan(126);
  return Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

/** A run with 30 MB to tell: more than all buffers of the system hold. */
async function longRun() {
  const host = fakeHost({ steps: 1 });
  const run = host.start({ config: CONFIG, baseFolder: process.cwd(), overrides: [], name: null });
  await watchAll(host, run.id);
  const { write } = host.setup.store;
  const detail = JSON.stringify({ text: 'x'.repeat(BATCH_BYTES) });
  const insert = write.prepare(
    "INSERT INTO events (run, sequence, at, level, name, detail) VALUES (?, ?, 0, 'info', 'told', ?)",
  );
  durably(write, () => {
    for (let index = 1; index <= BATCHES; index += 1) insert.run(run.number, index * APART, detail);
  });
  return { host, run };
}

test('a page that reads nothing makes the host hold one batch, and gets everything in order once it reads', async () => {
  const { host, run } = await longRun();
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  let held: WebSocket | null = null;
  sockets.on('connection', (socket) => {
    held = socket;
    serveSocket(socket, pageContext(host, []));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const page = connect((http.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    page.destroy();
    sockets.close();
    http.close();
  });
  page.write(upgrade('/rpc', [['Host', 'x']]));
  await new Promise((resolve) => page.once('data', resolve));
  page.pause();
  page.write(frame(JSON.stringify({ i: '1', p: { u: '/runs/watch', b: { json: { run: run.id } } } })));
  const waiting = () => (held as WebSocket | null)?.bufferedAmount ?? 0;
  await expect.poll(waiting).toBeGreaterThan(0);
  // It stalls there: the bytes that wait are those of one batch, however often one looks.
  const seen = [];
  for (let look = 0; look < 20; look += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(waiting());
  }
  expect(Math.max(...seen)).toBeLessThan(2 * BATCH_BYTES);
  const told: number[] = [];
  let rest = '';
  page.setEncoding('latin1');
  page.on('data', (data) => {
    rest += data;
    const found = [...rest.matchAll(/"sequence":(\d+),"at":\d+,"step":null,"level":"info","name":"told"/g)];
    told.push(...found.map(([, sequence]) => Number(sequence) / APART));
    rest = rest.slice(-400).replace(/"sequence"[^{]*"told"/g, '');
  });
  page.resume();
  await expect.poll(() => told.length).toBe(BATCHES);
  expect(told).toEqual(Array.from({ length: BATCHES }, (_, index) => index + 1));
});
