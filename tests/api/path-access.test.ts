import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { describe, expect, test } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { listFields, modelInitSchema, RECIPE_NAMES, recipeOf } from '#contract/config/index.ts';
import { PATH_FIELDS } from '#contract/config/path-fields.ts';
import { OPEN_GATE } from '../../src-main/api/call-gate.ts';
import { createPageAccess, partsBelow } from '../../src-main/api/path-access.ts';
import { router } from '../../src-main/api/router.ts';
import { STARTER_FOLDER } from '../../src-main/runs/host/demo.ts';
import { CONFIG, fakeHost } from '../runs/fake-host.ts';

function place() {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'keel-paths-')));
  const [userFolder, home, outside] = ['user', 'user/.local/keel', 'user-secret'].map((name) => join(top, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [
    userFolder,
    home,
    outside,
    join(userFolder, '.ssh'),
    join(home, 'exports'),
    join(home, 'runs'),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  for (const file of [join(userFolder, 'data.jsonl'), join(outside, 'secret'), join(userFolder, '.ssh/key')])
    writeFileSync(file, 'x');
  const extra = join(top, 'disk');
  mkdirSync(join(extra, '.hidden'), { recursive: true });
  return {
    top,
    userFolder,
    home,
    outside,
    extra,
    access: createPageAccess({ home, userFolder, extra: [extra], supplied: [] }),
  };
}

function codeOf(work: () => unknown): string {
  try {
    return `allowed ${String(work())}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('what a page may read', () => {
  test('its folders, given absolute, relative, or with detours that stay inside', () => {
    const { access, userFolder, home, extra } = place();
    expect(access.read(userFolder, 'data.jsonl')).toBe(join(userFolder, 'data.jsonl'));
    expect(access.read('/', join(userFolder, 'a/../data.jsonl'))).toBe(join(userFolder, 'data.jsonl'));
    expect(access.read(userFolder, 'not/there/yet')).toBe(join(userFolder, 'not/there/yet'));
    expect(access.read(home, 'runs')).toBe(join(home, 'runs'));
    expect(access.read(extra, '.hidden')).toBe(join(extra, '.hidden'));
  });

  test.each([
    ['the folder beside with the same beginning', 'user-secret/secret'],
    ['steps up', 'user/../user-secret/secret'],
    ['an absolute path of the system', '/etc/passwd'],
    ['a hidden folder of the person', 'user/.ssh/key'],
    ['a hidden folder that is not there', 'user/.gnupg'],
    ['a NUL', 'user/data.jsonl\0.png'],
    ['what does not exist outside', 'nowhere/at/all'],
    ['a folder of the system where other platforms keep passwords', 'user/Library/Cookies'],
  ])('not %s', (_, path) => {
    const { access, top } = place();
    expect(codeOf(() => access.read(top, path))).toBe('path_forbidden');
  });

  test('text that another system would decode is a name like any other', () => {
    const { access, userFolder } = place();
    for (const name of [
      '%2e%2e/user-secret/secret',
      'a..%2fuser-secret',
      'a\\..\\..\\user-secret',
      '\\\\server\\share',
    ])
      expect(access.read(userFolder, name).startsWith(`${userFolder}/`)).toBe(true);
  });

  test('no link that leads out: to a file, to a folder, to what is missing, or swapped after it was looked at', () => {
    const { access, userFolder, outside } = place();
    const link = join(userFolder, 'link');
    for (const target of [join(outside, 'secret'), outside, join(outside, 'missing'), join(userFolder, '.ssh')]) {
      rmSync(link, { force: true });
      symlinkSync(target, link);
      expect(codeOf(() => access.read(userFolder, 'link'))).toBe('path_forbidden');
      expect(codeOf(() => access.write(userFolder, 'link'))).toBe('path_forbidden');
    }
    rmSync(link);
    mkdirSync(link);
    writeFileSync(join(link, 'a'), '');
    expect(access.read(link, 'a')).toBe(join(link, 'a'));
    rmSync(link, { recursive: true });
    symlinkSync(outside, link);
    expect(codeOf(() => access.read(link, 'secret'))).toBe('path_forbidden');
  });

  test('what the person has chosen in a dialog, and what lies below it', () => {
    const { access, outside } = place();
    expect(codeOf(() => access.read(outside, 'secret'))).toBe('path_forbidden');
    access.grant(outside);
    expect(access.read(outside, 'secret')).toBe(join(outside, 'secret'));
    expect(access.write(outside, 'new')).toBe(join(outside, 'new'));
  });
});

describe('what a page may write', () => {
  test.each([
    ['user/new', true],
    ['user/.local/keel/exports/one', true],
    ['user/.local/keel/exports', false],
    ['user/.local/keel/runs/x', false],
    ['user/.local/keel/keel.sqlite', false],
    ['user/.local/keel', false],
    ['user/.bashrc', false],
    ['user-secret/x', false],
  ])('%s: %s', (path, isAllowed) => {
    const { access, top } = place();
    expect(codeOf(() => access.write(top, path)).startsWith('allowed')).toBe(isAllowed);
  });
});

test('what comes with Keel may be read and not written, wherever it lies', () => {
  const { home, userFolder } = place();
  const supplied = realpathSync(mkdtempSync(join(tmpdir(), 'keel-supplied-')));
  const access = createPageAccess({ home, userFolder, extra: [], supplied: [supplied] });
  expect(access.read(supplied, 'demo.yaml')).toBe(join(supplied, 'demo.yaml'));
  expect(codeOf(() => access.write(supplied, 'demo.yaml'))).toBe('path_forbidden');
});

test('parts, not beginnings, are compared', () => {
  expect(partsBelow('/data', '/data-secret')).toBeNull();
  expect(partsBelow('/data', '/data/..x')).toEqual(['..x']);
  expect(partsBelow('/data', '/data')).toEqual([]);
  expect(partsBelow('/', '/a')).toEqual(['a']);
});

test('every field of a config that could be a path is known as one, or known not to be', () => {
  const notPaths = /^(name|data\.columns\..*|generation\.stop_strings|stop_strings|adapter\.target_modules)$/;
  const schemas = [...RECIPE_NAMES.map((name) => recipeOf(name).schema), modelInitSchema];
  const texts = schemas
    .flatMap((schema) => listFields(schema))
    .filter(({ type }) => /\btext\b/.test(type.replace(/one of [^;]*/, '')));
  const unknown = texts.filter(({ path }) => !notPaths.test(path) && !PATH_FIELDS.has(path.split('.').at(-1) ?? ''));
  expect(texts.length).toBeGreaterThan(20);
  expect([...new Set(unknown.map(({ path }) => path))]).toEqual([]);
});

describe('every call that names a file', () => {
  const { home, userFolder, extra } = place();
  const paths = createPageAccess({ home, userFolder, extra: [extra], supplied: [STARTER_FOLDER] });
  const rows = { rows: [{}] };
  const inside = userFolder;
  const config = (text: string) => ({ config: text, baseFolder: inside });
  const calls: Record<string, (client: ReturnType<typeof pageClient>) => Promise<unknown>> = {
    'runs.start, its folder': (client) => client.runs.start({ config: CONFIG, baseFolder: '/etc' }),
    'runs.start, its model': (client) => client.runs.start(config(CONFIG.replace('some/model', '/etc'))),
    'runs.start, its data': (client) => client.runs.start(config(CONFIG.replace('data.jsonl', '/etc/passwd'))),
    'runs.start, an override': (client) =>
      client.runs.start({ ...config(CONFIG), overrides: ['data.files=[../../x]'] }),
    'jobs.score, model': async (client) =>
      drain(await client.jobs.score({ folder: inside, model: '/etc', input: rows })),
    'jobs.score, input': async (client) =>
      drain(await client.jobs.score({ folder: inside, model: 'm', input: { file: '/etc/passwd' } })),
    'jobs.reward, folder': async (client) =>
      drain(await client.jobs.reward({ folder: '/etc', model: 'm', input: rows })),
    'jobs.reward, input': async (client) =>
      drain(await client.jobs.reward({ folder: inside, model: 'm', input: { file: '../../etc/passwd' } })),
    'jobs.generate, model': async (client) =>
      drain(await client.jobs.generate({ folder: inside, model: '/etc', input: rows })),
    'jobs.bench, check': async (client) =>
      drain(await client.jobs.bench({ folder: inside, options: { check: '/etc/passwd' } })),
    'datasets.check, file': async (client) =>
      drain(await client.datasets.check({ folder: inside, file: '/etc/passwd', options: {} })),
    'datasets.check, model': async (client) =>
      drain(await client.datasets.check({ folder: inside, file: 'a', options: { model: '/etc' } })),
    'datasets.checkConfig, data': async (client) =>
      drain(await client.datasets.checkConfig(config(CONFIG.replace('data.jsonl', '/etc/passwd')))),
    'datasets.checkConfig, an override': async (client) =>
      drain(await client.datasets.checkConfig({ ...config(CONFIG), overrides: ['data.files=[/etc/passwd]'] })),
    'models.init, out': async (client) =>
      drain(await client.models.init({ folder: inside, out: '/etc/x', options: {} })),
    'models.init, corpus': async (client) =>
      drain(await client.models.init({ folder: inside, out: 'x', options: { corpus: ['/etc/passwd'] } })),
    'files.list': (client) => client.files.list({ folder: '/etc' }),
    'files.makeFolder': (client) => client.files.makeFolder({ folder: '/etc', name: 'x' }),
    'models.shape': (client) => client.models.shape({ folder: inside, model: '/etc' }),
    'models.inspect': async (client) => drain(await client.models.inspect({ folder: inside, model: '/etc' })),
  };

  async function drain(stream: AsyncIterable<unknown>) {
    for await (const message of stream) expect(message).toBe('nothing comes');
  }

  function pageClient() {
    return createRouterClient(router, { context: { host: fakeHost({}), paths, calls: OPEN_GATE, dialogs: null } });
  }

  test.each(Object.keys(calls))('%s: is refused, typed, before any engine starts', async (name) => {
    const error = await calls[name]!(pageClient()).then(() => 'allowed', fromTypedError);
    expect(error).toMatchObject({ name: 'KeelError', code: 'path_forbidden' });
  });
});

describe('a run that is there already', () => {
  const { home, userFolder } = place();
  const paths = createPageAccess({ home, userFolder, extra: [], supplied: [STARTER_FOLDER] });
  /** A run as a backup may bring it: stopped, and reading what it likes. */
  function hostWithRun(baseFolder: string, model: string) {
    const host = fakeHost({});
    const config = { recipe: 'sft', model, data: { files: ['data.jsonl'] } };
    const wish = { recipe: 'sft', config, configGiven: '', baseFolder, name: 'brought' };
    return { host, run: host.create(wish).id };
  }
  const client = (host: ReturnType<typeof fakeHost>) =>
    createRouterClient(router, { context: { host, paths, calls: OPEN_GATE, dialogs: null } });

  test.each([
    ['its folder', '/etc', 'model'],
    ['its model', userFolder, '/etc'],
  ])('does not go on for a page when %s lies outside', async (_, baseFolder, model) => {
    const { host, run } = hostWithRun(baseFolder, model);
    const page = client(host);
    const tries = [
      page.runs.resume({ run }),
      page.runs.rollback({ run, step: 'healthy' }),
      page.studies.startSeeds({ run, seeds: [5] }),
    ];
    for (const attempt of tries)
      expect(await attempt.then(() => 'allowed', fromTypedError)).toMatchObject({ code: 'path_forbidden' });
    expect(host.activeRuns()).toEqual([]);
  });

  test('goes on where it reads what comes with Keel', async () => {
    const { host, run } = hostWithRun(STARTER_FOLDER, 'policy');
    expect(await client(host).runs.resume({ run })).toMatchObject({ id: run });
    await host.close({ now: true });
  });
});
