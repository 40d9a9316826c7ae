import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { KeelError } from '#contract/errors.ts';
import { forgetModels } from '../../src-main/library/model-library.ts';
import { upsertArtifact } from '../../src-main/store/queries/lineage.ts';
import { insertRun } from '../../src-main/store/queries/runs.ts';
import { standInHub } from '../hub/stand-in-hub.ts';
import { libraryHost, resultOf } from './library-host.ts';

const DAY = 24 * 3600 * 1000;
const FIXTURES = join(import.meta.dirname, '../fixtures/models');
const STARTER = join(import.meta.dirname, '../../resources/starter/policy');
const TOKENIZER = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/** A tiny model without a tokenizer, with some files in place of its own. */
function modelFolder(home: string, files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = join(home, 'given');
  mkdirSync(folder);
  cpSync(join(FIXTURES, 'llama-grouped'), folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function caught(work: Promise<unknown>): Promise<KeelError> {
  const error = await work.then(() => null, fromTypedError);
  if (error instanceof KeelError) return error;
  throw new Error(`expected a typed error, not ${error}`);
}

test('lists the starter, what was added and what runs have made', async () => {
  const { client, setup, home } = libraryHost();
  const id = '20260101-000000-one';
  const place = { parent: null, stage: null, folder: '/runs/one', baseFolder: '/', device: 'default' };
  const run = insertRun(setup.store.write, {
    id,
    name: 'one',
    recipe: 'sft',
    ...place,
    configGiven: '',
    config: {},
    createdAt: 1,
  });
  const folder = join(home, 'policy');
  cpSync(STARTER, folder, { recursive: true });
  upsertArtifact(setup.store.write, run, { kind: 'policy', tag: 'best', folder, detail: {} }, 5);
  expect(await client.models.list({})).toMatchObject([
    { source: 'starter', reference: STARTER, family: 'llama', exists: true },
    { source: 'artifact', reference: `run:${id}/policy@best`, run: id, tag: 'best', folder, at: 5, exists: true },
  ]);
  const adapter = join(home, 'adapter');
  cpSync(join(FIXTURES, '../adapters/qwen2'), adapter, { recursive: true });
  const describe = (base: string) => {
    const path = join(adapter, 'adapter_config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: base }));
  };
  const { size } = statSync(join(adapter, 'adapter_model.safetensors'));
  const golden = statSync(join(adapter, 'golden.safetensors')).size;
  upsertArtifact(setup.store.write, run, { kind: 'policy', tag: 'last', folder: adapter, detail: {} }, 6);
  const listed = async () => (await client.models.list({})).find((model) => model.folder === adapter);
  describe(join(FIXTURES, 'qwen2'));
  expect(await listed()).toMatchObject({ family: 'qwen2', bytes: size + golden, exists: true });
  describe('no/where');
  expect(await listed()).toMatchObject({ family: null, exists: true });

  rmSync(folder, { recursive: true });
  expect((await client.models.list({})).find((model) => model.folder === folder)).toMatchObject({
    exists: false,
    bytes: 0,
  });
});

test('a linked folder stays where it is; a copy goes a day after it was removed', async () => {
  const { client, setup, home, wait } = libraryHost();
  const given = join(home, 'given');
  cpSync(STARTER, given, { recursive: true });
  const linked = await resultOf(client.models.add({ folder: home, path: given }));
  expect(linked).toMatchObject({ source: 'linked', folder: given, kind: 'model', name: 'given' });
  const copy = await resultOf(client.models.add({ folder: home, path: given, copy: true }));
  expect(copy).toMatchObject({ source: 'copied', origin: given, folder: join(home, 'models', 'given') });
  expect(readFileSync(join(copy.folder, 'config.json'))).toEqual(readFileSync(join(given, 'config.json')));
  for (const { id } of [linked, copy]) await client.models.remove({ model: id! });
  expect(await client.models.list({})).toHaveLength(1);
  await client.models.restore({ model: copy.id! });
  expect(await client.models.list({})).toHaveLength(2);
  await client.models.remove({ model: copy.id! });
  wait(DAY + 1000);
  forgetModels(setup);
  expect([existsSync(copy.folder), existsSync(given)]).toEqual([false, true]);
});

test('a folder that no run could use is refused with every fault at once', async () => {
  const { client, home } = libraryHost();
  const config = JSON.parse(readFileSync(join(FIXTURES, 'llama-grouped/config.json'), 'utf8')) as {
    num_hidden_layers: number;
  };
  const more = JSON.stringify({ ...config, num_hidden_layers: config.num_hidden_layers + 1 });
  const folder = modelFolder(home, { 'config.json': more });
  const error = await caught(resultOf(client.models.add({ folder: home, path: folder })));
  expect(error.code).toBe('model_folder_invalid');
  const places = error.faults!.map(({ where }) => where);
  expect(places.filter((where) => where.startsWith(`model.layers.${config.num_hidden_layers}.`)).length).toBe(9);
  expect(places.at(-1)).toBe('tokenizer');
  expect(await client.models.list({})).toHaveLength(1);
});

test('weights that are pickled are refused with the remedy', async () => {
  const { client, home } = libraryHost();
  const folder = modelFolder(home, { 'pytorch_model.bin': 'pickle' });
  rmSync(join(folder, 'model.safetensors'));
  const error = await caught(resultOf(client.models.add({ folder: home, path: folder })));
  expect(error).toMatchObject({ code: 'model_unsafe_format', fix: expect.stringContaining('safe_serialization') });
});

test('a model is fetched by name into the data folder, checked and added', async () => {
  const names = ['config.json', 'model.safetensors', ...TOKENIZER];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(STARTER, name))]));
  const { endpoint } = await standInHub('tiny-lab/tiny', files, { breakAfter: 200_000 });
  vi.stubEnv('KEEL_HUB_ENDPOINT', endpoint);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { client, home } = libraryHost();
  expect(await client.models.hub({})).toEqual({ endpoint, hasToken: false });
  const request = { repository: 'tiny-lab/tiny' };
  const found = await client.models.lookup(request);
  expect(found).toMatchObject({ license: 'mit', isThere: false, resumable: 0, leftOut: 0 });
  const shares: number[] = [];
  let model = null;
  for await (const message of await client.models.download(request)) {
    if (message.kind === 'progress' && message.progress.phase === 'download') shares.push(message.progress.done);
    if (message.kind === 'result') model = message.result;
  }
  expect(model).toMatchObject({ source: 'downloaded', name: 'tiny-lab/tiny', folder: found.folder, exists: true });
  expect(found.folder.startsWith(join(home, 'models'))).toBe(true);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect((await client.models.lookup(request)).isThere).toBe(true);
});

test('a download that is left ends, and goes on later', async () => {
  const config = readFileSync(join(STARTER, 'config.json'));
  const weights = Buffer.alloc(4_000_000, 1);
  const { endpoint } = await standInHub(
    'a/b',
    { 'config.json': config, 'model.safetensors': weights },
    { pieceMilliseconds: 50 },
  );
  vi.stubEnv('KEEL_HUB_ENDPOINT', endpoint);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { client } = libraryHost();
  const request = { repository: 'a/b' };
  for await (const message of await client.models.download(request)) {
    if (message.kind === 'progress' && message.progress.done > 500_000) break;
  }
  const { isThere, resumable } = await client.models.lookup(request);
  expect(isThere).toBe(false);
  // A piece or two was on its way to the disk when the reader left.
  expect(resumable).toBeGreaterThan(250_000);
  expect(resumable).toBeLessThan(4_000_000);
});

test('a GGUF file is added in place, or as a copy in a folder of its own', async () => {
  const { client, home } = libraryHost();
  const given = join(home, 'small.gguf');
  cpSync(join(import.meta.dirname, '../fixtures/gguf/complete.gguf'), given);
  const bytes = readFileSync(given).length;
  const facts = { name: 'small.gguf', family: 'llama', bytes, hasChatTemplate: true, exists: true };
  const linked = await resultOf(client.models.add({ folder: home, path: given }));
  expect(linked).toMatchObject({ ...facts, source: 'linked', reference: given });
  const copied = await resultOf(client.models.add({ folder: home, path: given, copy: true }));
  expect(copied).toMatchObject({ ...facts, source: 'copied', folder: join(home, 'models', 'small') });
  expect(readFileSync(join(home, 'models', 'small', 'small.gguf')).equals(readFileSync(given))).toBe(true);
  expect((await client.files.list({ folder: home })).entries.find(({ name }) => name === 'small.gguf')?.isModel).toBe(
    true,
  );
});
