import { spawn } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readHostRecord, takeHostLock } from '../../src-main/store/host-lock.ts';
import { temporaryFolder } from './temporary-store.ts';

const HOLDER = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));

test('one holder at a time, by whatever path the folder is reached', () => {
  const home = temporaryFolder();
  const link = join(temporaryFolder(), 'link');
  symlinkSync(home, link);
  const lock = takeHostLock(home, '/socket', 42);
  expect(lock).not.toBe(null);
  expect(takeHostLock(home, '/other', 43)).toBe(null);
  expect(takeHostLock(link, '/other', 43)).toBe(null);
  expect(readHostRecord(link)).toMatchObject({ pid: process.pid, since: 42, socket: '/socket' });
  lock?.release();
  expect(readHostRecord(home)).toBe(null);
  const next = takeHostLock(link, '/next', 44);
  expect(next).not.toBe(null);
  next?.release();
});

test('a record that was copied with its folder is no record of the copy: its socket is the original’s', () => {
  const home = temporaryFolder();
  const lock = takeHostLock(home, '/socket', 42);
  const copy = join(temporaryFolder(), 'copy');
  cpSync(join(home, 'host.json'), join(copy, 'host.json'));
  expect(readHostRecord(copy)).toBe(null);
  lock?.release();
});

/** The holder collects its garbage all the time: a lock must not hang on being looked at. */
test('the lock of a process that was killed is free at once, its record notwithstanding', async () => {
  const home = temporaryFolder();
  const child = spawn(process.execPath, ['--expose-gc', HOLDER, home], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  for (let tries = 0; tries < 20; tries += 1) {
    expect(takeHostLock(home, '/mine', 1)).toBe(null);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(readHostRecord(home)?.pid).toBe(child.pid);
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(readHostRecord(home)?.pid).toBe(child.pid);
  const lock = takeHostLock(home, '/mine', 1);
  expect(lock).not.toBe(null);
  lock?.release();
});
