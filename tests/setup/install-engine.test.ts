import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locateEngine, readChoice } from '../../scripts/setup/engine-manifest.mjs';
import { installEngine } from '../../scripts/setup/install-engine.mjs';
import { interruptedFile, serve, wholeFile } from './file-server.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { serveIndex, tinyEnvironment, tinyVariant, WHEEL, WHEEL_NAME, WHEEL_SHA256 } from './tiny-engine.ts';

const VARIANT = 'tensorflow-cpu-2.21.0';
const WORKER = join(import.meta.dirname, '..', 'fixtures', 'setup', 'install-worker.mjs');
const NOWHERE = 'http://127.0.0.1:9';

function place() {
  const home = temporaryFolder();
  return { home, engines: join(home, 'engine'), variant: join(home, 'engine', VARIANT) };
}

/** Runs the set-up in a process of its own, which can be killed. */
function startWorker(home: string, index: string) {
  const options = JSON.stringify({ home, device: 'cpu', known: [tinyVariant()] });
  const child = spawn(process.execPath, [WORKER, options], {
    env: tinyEnvironment(index),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended };
}

test('a wheel becomes an engine, once', async () => {
  const { home, engines, variant } = place();
  const server = await serveIndex();
  const options = { home, device: 'cpu' as const, env: tinyEnvironment(server.url), known: [tinyVariant()] };
  const choice = await installEngine(options);
  expect(choice).toEqual({ variant: VARIANT, backend: 'tensorflow', ladder: [{ rung: VARIANT, outcome: 'ready' }] });
  expect(await installEngine(options)).toEqual(choice);

  expect(server.requests).toEqual(['/simple/tiny/', `/files/${WHEEL_NAME}`]);
  expect(readdirSync(engines).sort()).toEqual(['choice.json', VARIANT]);
  expect(readdirSync(variant, { recursive: true }).sort()).toEqual([
    'engine.json',
    'lib',
    'lib/libtensorflow_cc.so.2',
    'lib/libtensorflow_framework.so.2',
    'tfjs_binding.node',
  ]);
  expect(JSON.parse(readFileSync(join(variant, 'engine.json'), 'utf8'))).toMatchObject({
    tensorflowVersion: '9.9.9',
    device: 'cpu',
    sha256: { [WHEEL_NAME]: WHEEL_SHA256 },
    unverified: [],
  });
  expect(locateEngine({ home })).toEqual({
    variant: VARIANT,
    binding: join(variant, 'tfjs_binding.node'),
    backend: 'tensorflow',
    device: 'cpu',
    libraryPath: [join(variant, 'lib')],
    mustRebuild: false,
  });
});

test('an engine that lost a file, or part of one, is not used and is built again', async () => {
  const { home, variant } = place();
  const server = await serveIndex();
  const options = { home, device: 'cpu' as const, env: tinyEnvironment(server.url), known: [tinyVariant()] };
  await installEngine(options);
  writeFileSync(join(variant, 'lib', 'libtensorflow_cc.so.2'), 'short');
  expect(locateEngine({ home })).toBeNull();
  await installEngine(options);
  rmSync(join(variant, 'tfjs_binding.node'));
  expect(locateEngine({ home })).toBeNull();
  await installEngine(options);
  expect(locateEngine({ home })).not.toBeNull();
});

test('an addon of an older version is built again, and stays in use where that fails', async () => {
  const { home, variant } = place();
  const server = await serveIndex();
  const options = { home, device: 'cpu' as const, env: tinyEnvironment(server.url), known: [tinyVariant()] };
  const manifest = join(variant, 'engine.json');
  await installEngine(options);
  const read = () => JSON.parse(readFileSync(manifest, 'utf8')) as { build: { revision?: number } };
  const { build, ...others } = read();
  const older = () => writeFileSync(manifest, JSON.stringify({ ...others, build: { ...build, revision: undefined } }));
  older();
  expect(locateEngine({ home })).toMatchObject({ mustRebuild: true });
  const choice = await installEngine({ ...options, env: tinyEnvironment(NOWHERE) });
  expect(choice.ladder).toEqual([{ rung: VARIANT, outcome: 'ready' }]);
  expect(read().build.revision).toBeUndefined();
  // Without a network, no later start waits for it again; the command does.
  expect(locateEngine({ home })).toMatchObject({ variant: VARIANT, mustRebuild: false });
  await installEngine(options);
  expect(read().build.revision).toBe(build.revision);
  expect(locateEngine({ home })).toMatchObject({ mustRebuild: false });
  expect(server.requests.filter((path) => path.startsWith('/files/'))).toHaveLength(2);
});

test('a set-up killed while it downloads leaves nothing half done, and the next one goes on from there', async () => {
  const { home, variant } = place();
  const server = await serveIndex(interruptedFile(WHEEL, 100_000, () => undefined));
  const first = startWorker(home, server.url);
  const part = join(home, 'engine', '.downloads', `${WHEEL_NAME}.part`);
  await expect.poll(() => existsSync(part) && readFileSync(part).length).toBe(100_000);
  first.child.kill('SIGKILL');
  await first.ended;
  expect({ engine: locateEngine({ home }), folder: existsSync(variant) }).toEqual({ engine: null, folder: false });

  expect(await startWorker(home, server.url).ended).toBe(0);
  expect(locateEngine({ home })?.variant).toBe(VARIANT);
  expect(server.requests.at(-1)).toBe(`/files/${WHEEL_NAME} bytes=100000-`);
});

test('two set-ups at once do the work once', async () => {
  const { home } = place();
  const server = await serveIndex();
  const workers = [startWorker(home, server.url), startWorker(home, server.url)];
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
  expect(server.requests.filter((request) => request.startsWith('/files/'))).toHaveLength(1);
});

test('a wheel with another hash stops the set-up; no lower rung hides it', async () => {
  const { home } = place();
  const server = await serveIndex(wholeFile(Buffer.from(WHEEL).fill('x', 200, 201)));
  const install = installEngine({ home, env: tinyEnvironment(server.url), known: [tinyVariant()] });
  await expect(install).rejects.toMatchObject({ code: 'hash-mismatch' });
  expect(readChoice(home)).toBeNull();
});

test('a full disk is told before anything is fetched', async () => {
  const { home } = place();
  const server = await serveIndex();
  const known = [tinyVariant({ diskBytes: Number.MAX_SAFE_INTEGER })];
  const install = installEngine({ home, env: tinyEnvironment(server.url), known });
  await expect(install).rejects.toMatchObject({ code: 'disk-full' });
  expect(server.requests).toEqual([]);
});

test('without a network and without consent, pure JavaScript is the last rung', async () => {
  const { home } = place();
  const choice = await installEngine({ home, env: tinyEnvironment(NOWHERE), known: [tinyVariant()] });
  expect(choice.backend).toBe('javascript');
  expect(choice.ladder.map(({ rung, outcome }) => [rung, outcome.split(':')[0]])).toEqual([
    [VARIANT, 'download-failed'],
    ['tfjs-prebuilt-2.9.1', 'unverified'],
    ['javascript', 'ready'],
  ]);
  expect(locateEngine({ home })).toMatchObject({ backend: 'javascript', binding: '' });
});

test('a device that was asked for is not replaced by another', async () => {
  const { home } = place();
  const install = installEngine({ home, device: 'cpu', env: tinyEnvironment(NOWHERE), known: [tinyVariant()] });
  await expect(install).rejects.toMatchObject({ code: 'engine-unavailable' });
  expect(readChoice(home)).toBeNull();
});

test('a compiler that fails is told with its words, and the next rung is tried', async () => {
  const { home } = place();
  const broken = join(temporaryFolder(), 'broken-compiler');
  writeFileSync(broken, '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "error: planted fault" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const server = await serveIndex();
  const env = tinyEnvironment(server.url, { CXX: broken });
  const { ladder } = await installEngine({ home, env, known: [tinyVariant()] });
  expect(ladder[0]?.outcome).toMatch(/^compile-failed: [\s\S]*planted fault/);
  expect(ladder.at(-1)?.rung).toBe('javascript');
});

test('a folder with the wheel serves a machine without a network, and keeps its wheel', async () => {
  const { home } = place();
  const from = temporaryFolder();
  writeFileSync(join(from, WHEEL_NAME), WHEEL);
  await installEngine({ home, from, device: 'cpu', env: tinyEnvironment(NOWHERE), known: [tinyVariant()] });
  expect(locateEngine({ home })?.variant).toBe(VARIANT);
  expect(readdirSync(from)).toEqual([WHEEL_NAME]);
});

test('a folder with a ready engine is copied', async () => {
  const { home } = place();
  const other = place();
  const server = await serveIndex();
  await installEngine({ home: other.home, device: 'cpu', env: tinyEnvironment(server.url), known: [tinyVariant()] });
  const from = join(temporaryFolder(), 'carried');
  cpSync(other.variant, from, { recursive: true });
  await installEngine({ home, from, env: tinyEnvironment(NOWHERE), known: [tinyVariant()] });
  expect(locateEngine({ home })?.binding).toBe(join(home, 'engine', VARIANT, 'tfjs_binding.node'));

  writeFileSync(join(from, 'tfjs_binding.node'), readFileSync(join(from, 'tfjs_binding.node')).reverse());
  const again = installEngine({ home, from, env: tinyEnvironment(NOWHERE), known: [tinyVariant()] });
  await expect(again).rejects.toMatchObject({ code: 'hash-mismatch' });
});

test('a folder that holds neither says what it lacks', async () => {
  const { home } = place();
  const from = temporaryFolder();
  const install = installEngine({ home, from, env: tinyEnvironment(NOWHERE), known: [tinyVariant()] });
  await expect(install).rejects.toMatchObject({ code: 'from-incomplete', why: expect.stringContaining(WHEEL_NAME) });
});

test('a folder with the wheel of a lower rung serves too', async () => {
  const { home } = place();
  const from = temporaryFolder();
  writeFileSync(join(from, WHEEL_NAME), WHEEL);
  const absent = { project: 'absent', filename: 'absent-1.0-py3-none-any.whl', size: 1, sha256: '0'.repeat(64) };
  const known = [tinyVariant({ name: 'tensorflow-gpu-2.21.0', wheels: [absent] }), tinyVariant()];
  const { ladder } = await installEngine({ home, from, env: tinyEnvironment(NOWHERE), known });
  expect(ladder.map(({ outcome }) => outcome.split(':')[0])).toEqual(['from-incomplete', 'ready']);
});

test('a link instead of JSON is read from an index that speaks only HTML', async () => {
  const { home } = place();
  const server = await serve({
    '/simple/tiny/': (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`<a href="/files/other.whl">other</a><a class="x" href="/files/${WHEEL_NAME}#sha256=0">it</a>`);
    },
    [`/files/${WHEEL_NAME}`]: wholeFile(WHEEL),
  });
  await installEngine({ home, device: 'cpu', env: tinyEnvironment(server.url), known: [tinyVariant()] });
  expect(locateEngine({ home })?.variant).toBe(VARIANT);
});

test('another device is built beside the first', async () => {
  const { home } = place();
  const server = await serveIndex();
  const known = [tinyVariant({ name: 'tensorflow-gpu-2.21.0', device: 'gpu' }), tinyVariant()];
  const env = tinyEnvironment(server.url);
  await installEngine({ home, device: 'cpu', env, known });
  await installEngine({ home, device: 'gpu', env, known });
  expect(locateEngine({ home })?.device).toBe('gpu');
  await installEngine({ home, device: 'cpu', env, known });
  expect(locateEngine({ home })?.device).toBe('cpu');
  mkdirSync(join(home, 'engine'), { recursive: true });
  rmSync(join(home, 'engine', 'choice.json'));
  expect(locateEngine({ home })?.device).toBe('gpu');
});

test('a data folder that cannot be written says what to do', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const install = installEngine({ home: join(file, 'below'), env: tinyEnvironment(NOWHERE), known: [] });
  await expect(install).rejects.toMatchObject({ code: 'not-writable', fix: expect.stringContaining('KEEL_HOME') });
});
