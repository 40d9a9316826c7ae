import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'setup');

/** An empty clone with the real set-up scripts, a stand-in for npm and one for the command line. */
function emptyClone() {
  const root = realpathSync(temporaryFolder());
  cpSync(join(ROOT, 'scripts', 'setup'), join(root, 'scripts', 'setup'), { recursive: true });
  cpSync(join(ROOT, 'scripts', 'bootstrap.mjs'), join(root, 'scripts', 'bootstrap.mjs'));
  mkdirSync(join(root, 'src-main', 'cli'), { recursive: true });
  mkdirSync(join(root, 'src-main', 'contract', 'recipes'), { recursive: true });
  cpSync(join(FIXTURES, 'main.ts'), join(root, 'src-main', 'cli', 'main.ts'));
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  writeFileSync(join(root, 'package-lock.json'), '{"packages": {"": {}, "node_modules/left": {"version": "1.0.0"}}}');
  const log = join(root, 'npm.log');
  writeFileSync(log, '');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    npm_execpath: join(FIXTURES, 'npm-cli.cjs'),
    NPM_LOG: log,
    KEEL_HOME: join(root, 'home'),
    KEEL_ENGINE_BINDING: '',
  };
  delete env.npm_lifecycle_event;
  return {
    root,
    env,
    installs: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('ci')),
    log,
  };
}

type Clone = ReturnType<typeof emptyClone>;

function start({ root, env }: Clone, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), ...args], {
    cwd: root,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const spoken = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      resolve();
    });
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, spoken, ended, output: () => ({ stdout, stderr }) };
}

async function run(clone: Clone, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const started = start(clone, args, more);
  return { ...(await started.ended), ...started.output() };
}

test('an empty clone installs once, then runs the command with what it needs to know', async () => {
  const clone = emptyClone();
  const first = await run(clone, ['keel', 'runs', 'list', '--json']);
  expect(JSON.parse(first.stdout)).toEqual({
    args: ['runs', 'list', '--json'],
    cwd: clone.root,
    home: join(clone.root, 'home'),
    binding: '',
  });
  const second = await run(clone, ['keel', 'runs', 'list']);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(second.stderr).toBe('');
  expect(clone.installs()).toEqual([
    'ci --loglevel=error --ignore-scripts --no-audit --no-fund --include=dev --include=optional',
  ]);
});

test('a changed lock file installs again', async () => {
  const clone = emptyClone();
  await run(clone, ['keel']);
  writeFileSync(join(clone.root, 'package-lock.json'), '{"packages": {"node_modules/left": {"version": "2.0.0"}}}');
  await run(clone, ['keel']);
  expect(clone.installs()).toHaveLength(2);
});

test('what a person installed with npm itself is taken as it is', async () => {
  const clone = emptyClone();
  await run(clone, ['keel']);
  rmSync(join(clone.root, 'node_modules', '.keel-stamp'));
  cpSync(join(clone.root, 'package-lock.json'), join(clone.root, 'node_modules', '.package-lock.json'));
  await run(clone, ['keel']);
  expect(clone.installs()).toHaveLength(1);
  rmSync(join(clone.root, 'node_modules', 'left'), { recursive: true });
  rmSync(join(clone.root, 'node_modules', '.keel-stamp'));
  await run(clone, ['keel']);
  expect(clone.installs()).toHaveLength(2);
});

test('an install that was cut off is told, and the next start heals it', async () => {
  const clone = emptyClone();
  const cut = await run(clone, ['keel'], { NPM_DIES: '1' });
  expect({ code: cut.code, stdout: cut.stdout }).toEqual({ code: 1, stdout: '' });
  expect(cut.stderr).toContain('npm ci did not finish (SIGKILL)');
  expect(existsSync(join(clone.root, 'node_modules', '.keel-stamp'))).toBe(false);
  expect((await run(clone, ['keel'])).code).toBe(0);
  expect(clone.installs()).toHaveLength(2);
});

test('a start killed during the install leaves npm running: the next one waits for it', async () => {
  const clone = emptyClone();
  const go = join(clone.root, 'go');
  const first = start(clone, ['keel'], { NPM_WAITS: go });
  await expect.poll(clone.installs).toHaveLength(1);
  await expect.poll(() => readFileSync(join(clone.root, '.keel-install.lock'), 'utf8').split('\n')).toHaveLength(2);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = start(clone, ['keel']);
  await expect.poll(() => second.output().stderr).toContain('waiting for it');
  writeFileSync(go, '');
  expect((await second.ended).code).toBe(0);
  const heard = readFileSync(clone.log, 'utf8')
    .split('\n')
    .map((line) => line.slice(0, 4));
  expect(heard).toEqual(['ci -', 'done', 'ci -', 'done', '']);
});

test('two first starts at once install once', async () => {
  const clone = emptyClone();
  const both = await Promise.all([run(clone, ['keel']), run(clone, ['keel'])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(clone.installs()).toHaveLength(1);
});

test('a clone ends the way its command ends', async () => {
  const clone = emptyClone();
  expect(await run(clone, ['keel', 'runs', 'fail'])).toMatchObject({ code: 0 });
  expect(await run(clone, ['keel', 'fail'])).toMatchObject({ code: 7, signal: null });
  expect(await run(clone, ['keel', 'die'])).toMatchObject({ signal: 'SIGKILL' });
  expect(await run(clone, ['nonsense'])).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') });
});

test('signals reach the command', async () => {
  const clone = emptyClone();
  const waiting = start(clone, ['keel', 'wait']);
  await waiting.spoken;
  waiting.child.kill('SIGTERM');
  expect(await waiting.ended).toEqual({ code: 9, signal: null });
});

test('paths on the command line are relative to where npm was called', async () => {
  const clone = emptyClone();
  const called = join(clone.root, 'src-main');
  const { stdout } = await run(clone, ['keel', 'runs'], { npm_lifecycle_event: 'keel', INIT_CWD: called });
  expect(JSON.parse(stdout).cwd).toBe(called);
});

test('a command that computes sets the engine up first, and does not run without one', async () => {
  const clone = emptyClone();
  const { KEEL_ENGINE_BINDING: _none, ...env } = clone.env;
  const bare = { ...clone, env: { ...env, PIP_NO_INDEX: '1', KEEL_PYPI_INDEX: 'http://127.0.0.1:9' } };
  const fallen = await run(bare, ['keel', 'score']);
  expect(fallen).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('WARNING: the engine runs in pure JavaScript'),
  });
  expect(JSON.parse(fallen.stdout)).toMatchObject({ args: ['score'], binding: '' });
  expect(JSON.parse(readFileSync(join(clone.root, 'home', 'engine', 'choice.json'), 'utf8'))).toMatchObject({
    backend: 'javascript',
  });
});

test('an engine of an older version is built again by the next command that computes, once', async () => {
  const clone = emptyClone();
  const { KEEL_ENGINE_BINDING: _none, ...env } = clone.env;
  const offline = { ...clone, env: { ...env, PIP_NO_INDEX: '1', KEEL_PYPI_INDEX: 'http://127.0.0.1:9' } };
  const folder = join(clone.root, 'home', 'engine', 'tensorflow-cpu-2.21.0');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'addon.node'), 'an addon');
  writeFileSync(join(folder, 'tuning.json'), '{}');
  const manifest = {
    layout: 1,
    variant: 'tensorflow-cpu-2.21.0',
    backend: 'tensorflow',
    device: 'cpu',
    binding: 'addon.node',
    files: { 'addon.node': 8 },
    build: { compiler: 'g++', flags: [], revision: 1 },
    libraryPath: [],
  };
  writeFileSync(join(folder, 'engine.json'), JSON.stringify(manifest));
  const told = async () => {
    const { stdout, stderr } = await run(offline, ['keel', 'score']);
    const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as { binding: string };
    return { binding: last.binding, isTried: stderr.includes('Building it again failed') };
  };
  expect(await told()).toEqual({ binding: join(folder, 'addon.node'), isTried: true });
  expect(await told()).toEqual({ binding: join(folder, 'addon.node'), isTried: false });
});

test('start builds the page, then opens the window where Electron is there, else serves and says so', async () => {
  const clone = emptyClone();
  const standIn = (path: string) => {
    mkdirSync(dirname(join(clone.root, path)), { recursive: true });
    cpSync(join(FIXTURES, 'main.ts'), join(clone.root, path));
  };
  standIn('scripts/build-renderer.ts');
  standIn('scripts/build-desktop.ts');
  const told = async () => {
    const { code, stdout, stderr } = await run(clone, ['start', '--port', '0']);
    const programs = stdout.trim().split('\n');
    return { code, stderr, args: programs.map((line) => (JSON.parse(line) as { args: string[] }).args) };
  };
  const served = await told();
  expect([served.code, served.args]).toEqual([0, [[], ['serve', '--open', '--port', '0']]]);
  expect(served.stderr).toContain('Electron is not installed');
  mkdirSync(join(clone.root, 'node_modules', 'electron', 'dist'), { recursive: true });
  writeFileSync(join(clone.root, 'node_modules', 'electron', 'dist', 'electron'), '');
  writeFileSync(
    join(clone.root, 'node_modules', 'electron', 'cli.js'),
    'console.log(JSON.stringify({ args: process.argv.slice(2) }))',
  );
  const opened = await told();
  expect([opened.code, opened.args]).toEqual([0, [[], [], [clone.root, '--port', '0']]]);
  expect(opened.stderr).not.toContain('Electron is not installed');
});
