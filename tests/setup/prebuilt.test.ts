import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { prebuiltFiles } from '../../scripts/setup/artifacts.mjs';
import { locateEngine } from '../../scripts/setup/engine-manifest.mjs';
import { installEngine } from '../../scripts/setup/install-engine.mjs';
import { serve, wholeFile } from './file-server.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { tinyEnvironment } from './tiny-engine.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCE = join(import.meta.dirname, '..', 'fixtures', 'setup', 'tiny-addon.c');
let addon: Buffer;

/** A gzipped archive of the given files. */
function archive(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, 'in', dirname(name)), { recursive: true });
    writeFileSync(join(folder, 'in', name), content);
  }
  spawnSync('tar', ['-czf', join(folder, 'out.tar.gz'), '-C', join(folder, 'in'), '.']);
  return readFileSync(join(folder, 'out.tar.gz'));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A storage that serves a small library and the tiny addon, and an environment that trusts their hashes. */
async function serveStorage() {
  const library = archive({ 'lib/libtensorflow.so.2': 'library', 'include/tensorflow/c/c_api.h': 'header' });
  const packed = archive({ 'tfjs_binding.node': addon });
  const files = prebuiltFiles({});
  if (!files) throw new Error('Nothing prebuilt is published for this platform.');
  const storage = await serve({
    [`/${files.library.path}`]: wholeFile(library),
    [`/${files.addon.path}`]: wholeFile(packed),
  });
  const env = tinyEnvironment(storage.url, { KEEL_PREBUILT_LIBRARY_SHA256: sha256(library) });
  return { storage, env, addonHash: sha256(packed) };
}

beforeAll(() => {
  const out = join(ROOT, 'node_modules', `.tiny-addon-${process.pid}.node`);
  const include = join(ROOT, 'node_modules', 'node-api-headers', 'include');
  spawnSync('gcc', ['-shared', '-fPIC', '-DNAPI_VERSION=8', `-I${include}`, SOURCE, '-o', out]);
  addon = readFileSync(out);
  return () => spawnSync('rm', ['-f', out]);
});

test('without consent the addon that nobody vouches for is not fetched', async () => {
  const home = temporaryFolder();
  const { storage, env } = await serveStorage();
  const choice = await installEngine({ home, env, known: [] });
  expect(choice.backend).toBe('javascript');
  expect(storage.requests).toEqual([]);
});

test('with a hash that the person trusts, it serves as second choice', async () => {
  const home = temporaryFolder();
  const { env, addonHash } = await serveStorage();
  await installEngine({ home, env: { ...env, KEEL_PREBUILT_ADDON_SHA256: addonHash }, known: [] });
  const engine = locateEngine({ home });
  expect(engine).toMatchObject({ variant: 'tfjs-prebuilt-2.9.1', backend: 'tensorflow', device: 'cpu' });
  // The addon looks for its library at ../../deps/lib, as the package lays both out.
  const folder = join(home, 'engine', 'tfjs-prebuilt-2.9.1');
  expect(engine?.binding).toBe(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'));
  expect(readFileSync(join(folder, 'deps', 'lib', 'libtensorflow.so.2'), 'utf8')).toBe('library');
  expect(JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8'))).toMatchObject({ unverified: [] });
});

test('with consent, the manifest says that nobody vouches for it', async () => {
  const home = temporaryFolder();
  const { env } = await serveStorage();
  await installEngine({ home, env, known: [], allowUnverified: true });
  const manifest = readFileSync(join(home, 'engine', 'tfjs-prebuilt-2.9.1', 'engine.json'), 'utf8');
  expect(JSON.parse(manifest)).toMatchObject({ unverified: ['GPU-linux-4.22.0.tar.gz'], tensorflowVersion: '9.9.9' });
});

test('another hash is refused, with or without consent', async () => {
  const home = temporaryFolder();
  const { env } = await serveStorage();
  const changed = { ...env, KEEL_PREBUILT_LIBRARY_SHA256: '0'.repeat(64) };
  const install = installEngine({ home, env: changed, known: [], allowUnverified: true });
  await expect(install).rejects.toMatchObject({ code: 'hash-mismatch' });
});
