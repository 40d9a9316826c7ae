import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { baseFolderOf, givenBaseEnvironment } from '#engine/adapter-base.ts';
import { type KnownModel, knownModelsEnvironment, readKnownModels } from '#engine/known-bases.ts';
import { openModelFolder } from '#engine/model/files/model-folder.ts';

const NAME = 'HuggingFaceTB/SmolLM2-135M-Instruct';
const COMMIT = '12fd25f77366fa6b3b4b768ec3050bf629380bac';

let root: string;
let adapter: string;
const before = { ...process.env };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keel-bases-'));
  adapter = folder('adapter');
  nameBase(NAME);
  process.env.HF_HOME = join(root, 'hf');
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'KEEL_KNOWN_MODELS', 'KEEL_ADAPTER_BASE'])
    delete process.env[name];
});
afterEach(() => {
  process.env = { ...before };
  rmSync(root, { recursive: true });
});

function folder(name: string): string {
  mkdirSync(join(root, name), { recursive: true });
  return join(root, name);
}

function nameBase(base: string, revision: string | null = null): void {
  const config = { peft_type: 'LORA', base_model_name_or_path: base, revision };
  writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify(config));
}

/** A snapshot in the cache as huggingface_hub lays it out; `main` points to it if it is the named commit. */
function snapshot(commit: string, main: string | null = commit): string {
  const cached = `hf/hub/models--${NAME.replace('/', '--')}`;
  folder(`${cached}/refs`);
  if (main !== null) writeFileSync(join(root, cached, 'refs/main'), main);
  return folder(`${cached}/snapshots/${commit}`);
}

const known = (name: string, path: string, origin: string | null = null): KnownModel => ({
  name,
  folder: path,
  origin,
});

it("takes the snapshot of the hub's cache that the revision names, main by default", () => {
  const [one, other] = [snapshot(COMMIT), snapshot('0000', COMMIT)];
  expect(baseFolderOf(adapter, [])).toBe(one);
  nameBase(NAME, '0000');
  expect(baseFolderOf(adapter, [])).toBe(other);
  process.env.HF_HUB_CACHE = join(root, 'hf/hub');
  process.env.HF_HOME = '/nowhere';
  expect(baseFolderOf(adapter, [])).toBe(other);
});

it('a model that the library has from the hub comes before the cache, and the cache before a model of the same name', () => {
  const named = known('SmolLM2-135M-Instruct.Q4_1.gguf', join(folder('files'), 'SmolLM2-135M-Instruct.Q4_1.gguf'));
  writeFileSync(named.folder, '');
  expect(baseFolderOf(adapter, [named])).toBe(named.folder);
  const cached = snapshot(COMMIT);
  expect(baseFolderOf(adapter, [named])).toBe(cached);
  const downloaded = known('mine', folder('downloaded'), `${NAME}@${COMMIT}`);
  expect(baseFolderOf(adapter, [named, downloaded])).toBe(downloaded.folder);
});

it('refuses several models that can be meant, unless they are the same folder', () => {
  const [one, other] = [folder('a/SmolLM2-135M-Instruct'), folder('b/SmolLM2-135M-Instruct')];
  const models = [known('x', one), known('y', other)];
  const ambiguous = { code: 'adapter_base_ambiguous', why: expect.stringContaining(`${one}, ${other}`) };
  expect(() => baseFolderOf(adapter, models)).toThrow(expect.objectContaining(ambiguous));
  symlinkSync(one, join(root, 'link'));
  expect(baseFolderOf(adapter, [known('x', one), known('SmolLM2-135M-Instruct', join(root, 'link'))])).toBeTruthy();
  snapshot('1111', null);
  snapshot('2222', null);
  const unclear = { code: 'adapter_base_ambiguous', why: expect.stringContaining('2 models') };
  expect(() => baseFolderOf(adapter, [])).toThrow(expect.objectContaining(unclear));
});

it('says where it has looked for a base that is not here', () => {
  const missing = {
    code: 'adapter_base_missing',
    why: expect.stringMatching(
      /is not on this machine\. Looked at: .*adapter\/HuggingFaceTB.*the library.*models--Hugging/,
    ),
    fix: expect.stringContaining('--base PATH'),
  };
  expect(() => baseFolderOf(adapter, [])).toThrow(expect.objectContaining(missing));
  nameBase('../gone');
  expect(() => baseFolderOf(adapter, [])).toThrow(expect.objectContaining({ code: 'adapter_base_missing' }));
});

it('takes the given base, and the models that the host passes on', () => {
  const given = folder('given');
  snapshot(COMMIT);
  process.env = { ...process.env, ...givenBaseEnvironment(given) };
  expect(baseFolderOf(adapter)).toBe(given);
  delete process.env.KEEL_ADAPTER_BASE;
  const listed = known(NAME, folder('listed'));
  process.env = { ...process.env, ...knownModelsEnvironment([listed]) };
  expect(baseFolderOf(adapter)).toBe(listed.folder);
  expect(readKnownModels(process.env)).toEqual([listed]);
});

it('more models than a variable has room for: the first of them, and an error says so', () => {
  const models = Array.from({ length: 2000 }, (_, index) => known(`model ${index}`, '/x'.repeat(50)));
  const environment = knownModelsEnvironment(models);
  expect(environment.KEEL_KNOWN_MODELS!.length).toBeLessThan(131_072);
  const kept = readKnownModels(environment);
  expect(kept.length).toBeGreaterThan(500);
  expect(kept).toEqual(models.slice(0, kept.length));
  process.env = { ...process.env, ...environment };
  const why = expect.stringContaining(`the newest ${kept.length} of 2000 models`);
  expect(() => baseFolderOf(adapter)).toThrow(expect.objectContaining({ code: 'adapter_base_missing', why }));
});

it('reads weights through the links of the cache, and through no other', () => {
  const place = snapshot(COMMIT);
  const models = join(import.meta.dirname, '../fixtures/models/mistral');
  symlinkSync(join(models, 'config.json'), join(place, 'config.json'));
  symlinkSync(join(models, 'model.safetensors'), join(place, 'model.safetensors'));
  expect(() => openModelFolder(place)).toThrow(expect.objectContaining({ code: 'model_shards' }));
  rmSync(join(place, 'model.safetensors'));
  const blobs = folder(`hf/hub/models--${NAME.replace('/', '--')}/blobs`);
  writeFileSync(join(blobs, 'abc'), readFileSync(join(models, 'model.safetensors')));
  symlinkSync('../../blobs/abc', join(place, 'model.safetensors'));
  openModelFolder(place).files.close();
});
