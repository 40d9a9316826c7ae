import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { download } from '../../src-main/hub/download.ts';
import { fetchFile } from '../../src-main/hub/fetch-file.ts';
import { lookUp } from '../../src-main/hub/look-up.ts';
import { hubPlaces } from '../../src-main/hub/places.ts';
import { canMount, smallDisk } from '../support/small-disk.ts';
import { COMMIT, type HubFaults, standInHub } from './stand-in-hub.ts';

const root = mkdtempSync(join(tmpdir(), 'keel-hub-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let models = '';
beforeEach(() => {
  models = mkdtempSync(join(root, 'models-'));
});

const NAME = 'tiny-lab/tiny-model';
const WEIGHTS = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251));
const FILES = {
  'config.json': Buffer.from('{"model_type":"gpt_neox"}'),
  'tokenizer.json': Buffer.from('{}'),
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': Buffer.from('pickle'),
  'README.md': Buffer.from('# Tiny'),
};

async function hub(files: Readonly<Record<string, Buffer>> = FILES, faults: HubFaults = {}) {
  const { endpoint, asked } = await standInHub(NAME, files, faults);
  const request = { endpoint, token: null, repository: NAME, revision: 'main' };
  const reports: [number, number][] = [];
  const fetchAll = () =>
    download(
      request,
      ({ repository, commit }) => hubPlaces(models, repository, commit),
      (done, total) => reports.push([done, total]),
    );
  return { request, asked, reports, fetchAll };
}

const folder = () => join(models, `tiny-lab__tiny-model@${COMMIT.slice(0, 12)}`);
const partial = () => join(models, `.partial-tiny-lab__tiny-model@${COMMIT.slice(0, 12)}`);

test('tells what a repository holds before anything is fetched', async () => {
  const { request, asked } = await hub();
  expect(await lookUp(request)).toMatchObject({
    repository: NAME,
    commit: COMMIT,
    license: 'mit',
    gated: false,
    leftOut: 2,
    files: [{ path: 'config.json' }, { path: 'tokenizer.json' }, { path: 'model.safetensors', bytes: 300_000 }],
  });
  expect(asked.every(({ path }) => path.startsWith('/api/'))).toBe(true);
  expect(readdirSync(models)).toEqual([]);
});

test('fetches weights, config and tokenizer, and nothing else, into a folder that appears whole', async () => {
  const { fetchAll, reports } = await hub();
  await fetchAll();
  expect(readdirSync(models)).toEqual([`tiny-lab__tiny-model@${COMMIT.slice(0, 12)}`]);
  expect(readdirSync(folder()).toSorted()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  const total = 300_000 + FILES['config.json'].length + FILES['tokenizer.json'].length;
  expect(reports.at(-1)).toEqual([total, total]);
});

test('goes on in the middle of a file after the connection broke', async () => {
  const { fetchAll, asked } = await hub(FILES, { breakAfter: 100_000 });
  await fetchAll();
  expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  const starts = asked.flatMap(({ path, range }) => (path.endsWith('.safetensors') ? [range] : []));
  expect(starts).toContain('bytes=100000-299999');
});

test('goes on where an earlier process was ended', async () => {
  const first = await hub(FILES, { status: 500 });
  await expect(first.fetchAll()).rejects.toMatchObject({ code: 'hub_failed' });
  writeFileSync(join(partial(), 'model.safetensors.part'), WEIGHTS.subarray(0, 123_456));
  const { fetchAll, asked, reports } = await hub();
  await fetchAll();
  expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  expect(asked.map(({ range }) => range)).toContain('bytes=123456-299999');
  expect(reports[0]?.[0]).toBe(123_456);
});

test.each([
  ['another content', Buffer.alloc(300_000, 7)],
  ['a content that is too short', WEIGHTS.subarray(0, 200_000)],
  ['a content that is too long', Buffer.concat([WEIGHTS, WEIGHTS])],
])('throws away %s and makes no folder', async (_, other) => {
  const { fetchAll } = await hub(FILES, { other: { 'model.safetensors': other } });
  await expect(fetchAll()).rejects.toMatchObject({ code: 'hub_wrong_content' });
  expect(existsSync(folder())).toBe(false);
  expect(existsSync(join(partial(), 'model.safetensors.part'))).toBe(false);
});

test('a part of an earlier try that is not of this file does not survive its hash', async () => {
  const first = await hub(FILES, { status: 500 });
  await expect(first.fetchAll()).rejects.toMatchObject({ code: 'hub_failed' });
  const part = join(partial(), 'model.safetensors.part');
  writeFileSync(part, Buffer.alloc(1000));
  truncateSync(part, 500);
  const { fetchAll } = await hub();
  await expect(fetchAll()).rejects.toMatchObject({ code: 'hub_wrong_content' });
  await fetchAll();
  expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
});

test.skipIf(!canMount)(
  'a disk that is full in the middle of a file is named with what to free, and the rest comes once there is room',
  async () => {
    const disk = smallDisk(1);
    const { request } = await hub();
    const file = (await lookUp(request)).files.find(({ path }) => path === 'model.safetensors')!;
    disk.fill(100_000);
    const fetched = fetchFile(request, COMMIT, disk.folder, file, () => undefined);
    await expect(fetched).rejects.toMatchObject({
      code: 'disk_full',
      why: expect.stringContaining(`model.safetensors could not be written to ${disk.folder}/model.safetensors.part`),
      fix: expect.stringMatching(`^Free \\d+ kB on ${disk.folder},`),
    });
    disk.free();
    await fetchFile(request, COMMIT, disk.folder, file, () => undefined);
    expect(readFileSync(join(disk.folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  },
);

test('names a repository that is not there, and one that is gated', async () => {
  const { request } = await hub();
  const other = { ...request, repository: 'tiny-lab/other' };
  await expect(lookUp(other)).rejects.toMatchObject({ code: 'hub_not_found' });
  const gated = await hub(FILES, { status: 401 });
  await expect(gated.fetchAll()).rejects.toMatchObject({
    code: 'hub_gated',
    fix: expect.stringContaining('KEEL_HUB_TOKEN'),
  });
});

test('refuses weights that can run code, with a remedy', async () => {
  const { 'model.safetensors': _, ...unsafe } = FILES;
  const { request, fetchAll } = await hub(unsafe);
  await expect(lookUp(request)).rejects.toMatchObject({ code: 'hub_unsafe_format' });
  await expect(fetchAll()).rejects.toMatchObject({ fix: expect.stringContaining('safe_serialization') });
  const { request: nothing } = await hub({ 'README.md': FILES['README.md'] });
  await expect(lookUp(nothing)).rejects.toMatchObject({ code: 'hub_no_model' });
});

test.each(['../etc', 'a/b/c', 'a', 'a/..', 'a/b?x=1', 'https://x/y', '.a/b'])(
  'never asks for %s',
  async (repository) => {
    const { request, asked } = await hub();
    await expect(lookUp({ ...request, repository })).rejects.toMatchObject({ code: 'hub_name_bad' });
    await expect(lookUp({ ...request, revision: '../../x' })).rejects.toMatchObject({ code: 'hub_name_bad' });
    expect(asked).toEqual([]);
  },
);

test('follows no redirect to an address that is not encrypted', async () => {
  const elsewhere = await standInHub(NAME, FILES);
  const { fetchAll } = await hub(FILES, { redirectTo: elsewhere.endpoint });
  await expect(fetchAll()).rejects.toMatchObject({ code: 'hub_refused' });
  expect(elsewhere.asked).toEqual([]);
});

test('a server without parts of files is told, and an address where nobody answers', async () => {
  const { fetchAll, request } = await hub(FILES, { ignoresRange: true });
  await expect(fetchAll()).rejects.toMatchObject({ code: 'hub_refused' });
  const nobody = { ...request, endpoint: 'http://127.0.0.1:9' };
  await expect(lookUp(nobody)).rejects.toMatchObject({ code: 'hub_unreachable' });
});

test('the token goes to the endpoint', async () => {
  const { request, asked } = await hub();
  await lookUp({ ...request, token: 'hf_secret' });
  expect(asked.map(({ token }) => token)).toEqual(['Bearer hf_secret', 'Bearer hf_secret']);
});
