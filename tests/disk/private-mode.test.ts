import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { closeToOthers, exposedPaths } from '../../src-main/disk/private-mode.ts';

const MODULE = join(import.meta.dirname, '../../src-main/disk/private-mode.ts');
const NOBODY = 65_534;
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const FILES = ['store.sqlite', 'store.sqlite-wal', 'store.sqlite-shm', 'home.json', 'host.json', 'host.lock'];

/** A data folder as an older Keel left it under the usual umask. */
function openHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'keel-modes-'));
  for (const name of ['runs/one', 'models', 'backups', 'store-damaged-1', 'engine'])
    mkdirSync(join(home, name), { recursive: true });
  for (const name of [...FILES, 'backups/store-20260101.sqlite', 'store-damaged-1/store.sqlite', 'engine/lib.so'])
    writeFileSync(join(home, name), '');
  for (const name of ['', 'runs', 'models', 'backups', 'store-damaged-1', 'engine']) chmodSync(join(home, name), 0o755);
  return home;
}

describe.skipIf(process.platform === 'win32')('a data folder', () => {
  test('that stands open is closed: itself, the store and its copies, what leads to the host, runs and library', () => {
    const home = openHome();
    expect(exposedPaths(home)).toContain(join(home, 'store.sqlite'));
    closeToOthers(home);
    expect(exposedPaths(home)).toEqual([]);
    for (const name of ['', 'runs', 'models', 'backups', 'store-damaged-1']) expect(mode(join(home, name))).toBe('700');
    for (const name of [...FILES, 'backups/store-20260101.sqlite', 'store-damaged-1/store.sqlite'])
      expect(mode(join(home, name))).toBe('600');
    // It may be shared with the data folders of others.
    expect([mode(join(home, 'engine')), mode(join(home, 'engine', 'lib.so'))]).toEqual(['755', '644']);
  });

  test('whose models are a link leaves what it leads to as it is', () => {
    const [home, shared] = [openHome(), openHome()];
    symlinkSync(shared, join(home, 'datasets'));
    closeToOthers(home);
    expect(mode(shared)).toBe('755');
  });

  test('that is everybody’s, such as /tmp, stays, and is told of', () => {
    const home = openHome();
    chmodSync(home, 0o1777);
    closeToOthers(home);
    expect([mode(home), exposedPaths(home)]).toEqual(['1777', [home]]);
  });

  test.skipIf(process.getuid?.() !== 0)('that belongs to somebody else stays without a failure, and is told of', () => {
    const home = openHome();
    chmodSync(home, 0o777);
    const script = `import { closeToOthers, exposedPaths } from ${JSON.stringify(MODULE)};
      const [home] = process.argv.slice(1);
      closeToOthers(home);
      console.log(JSON.stringify(exposedPaths(home).length));`;
    const args = ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', script, home];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { uid: NOBODY, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(Number(stdout)).toBeGreaterThan(FILES.length);
    expect(mode(home)).toBe('777');
  });
});
