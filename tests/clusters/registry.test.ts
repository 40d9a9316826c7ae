import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { KeelError } from '#contract/errors.ts';
import {
  addressOf,
  draftCluster,
  findCluster,
  listClusters,
  removeCluster,
  saveCluster,
} from '../../src-main/clusters/registry.ts';

let [home, tokenFile] = ['', ''];
const TOKEN = 'a-secret-token';
const lab = { name: 'lab', url: 'http://127.0.0.1:8265', force: false };

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'keel-clusters-'));
  tokenFile = join(home, 'token');
  writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  onTestFinished(() => rmSync(home, { recursive: true }));
});

const draft = (change: object = {}, environment: NodeJS.ProcessEnv = {}, file: string | null = tokenFile) =>
  draftCluster(home, { ...lab, ...change }, { file, environment });
const refused = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { code, why, fix } = error as KeelError;
    expect(why + fix).not.toMatch(new RegExp(`${TOKEN}|secret`));
    return code;
  }
  return null;
};

test('a cluster is kept by name; its token stays in its file and is read at each use', () => {
  saveCluster(home, draft());
  expect(listClusters(home)).toEqual([{ name: 'lab', url: lab.url, tokenFile }]);
  expect(addressOf(home, 'lab').token).toBe(TOKEN);
  writeFileSync(tokenFile, 'rotated');
  expect(addressOf(home, 'lab').token).toBe('rotated');
  const kept = readdirSync(join(home, 'clusters')).map((name) => readFileSync(join(home, 'clusters', name), 'utf8'));
  expect(kept.join('')).not.toContain(TOKEN);
  removeCluster(home, 'lab');
  expect([listClusters(home), refused(() => findCluster(home, 'lab'))]).toEqual([[], 'cluster_unknown']);
  expect(readFileSync(tokenFile, 'utf8')).toBe('rotated');
});

test('a token of the environment is kept in a file that only its owner can read', () => {
  const wanted = draft({}, { RAY_AUTH_TOKEN: `${TOKEN}\n` }, null);
  // Nothing is written before the cluster has answered.
  expect(existsSync(join(home, 'clusters'))).toBe(false);
  saveCluster(home, wanted);
  const { tokenFile: kept } = findCluster(home, 'lab');
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(addressOf(home, 'lab').token).toBe(TOKEN);
  // In its place, one whose token lies elsewhere.
  saveCluster(home, draft({ force: true }));
  expect(readdirSync(join(home, 'clusters'))).toEqual(['lab.json']);
  removeCluster(home, 'lab');
  expect(readdirSync(join(home, 'clusters'))).toEqual([]);
});

test('what cannot be a cluster is refused, and no error names a token', () => {
  expect(refused(() => draft({ name: '../x' }))).toBe('cluster_name');
  expect(refused(() => draft({ url: 'lab.example' }))).toBe('cluster_url');
  expect(refused(() => draft({ url: 'http://user:secret@lab' }))).toBe('cluster_url');
  expect(refused(() => draft({}, {}, join(home, 'none')))).toBe('cluster_token_missing');
  chmodSync(tokenFile, 0o644);
  expect(refused(() => draft())).toBe('cluster_token_exposed');
  chmodSync(tokenFile, 0o600);
  saveCluster(home, draft());
  expect(refused(() => draft())).toBe('cluster_exists');
  expect(refused(() => draft({ force: true }))).toBe(null);
});
