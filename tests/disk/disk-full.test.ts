import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import {
  diskFull,
  diskRoom,
  isDiskFull,
  mountOf,
  orDiskFull,
  typedDiskError,
  waitingForDisk,
} from '../../src-main/disk/disk-full.ts';
import { canMount, smallDisk } from '../support/small-disk.ts';

const noSpace = (path?: string) => Object.assign(new Error('no space'), { code: 'ENOSPC', path });

test('a full disk is known by its codes, also as the cause of another error', () => {
  const quota = Object.assign(new Error('quota'), { code: 'EDQUOT' });
  const sqlite = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
  const wrapped = new KeelError({ code: 'export_not_written', why: 'w', fix: 'f', cause: noSpace() });
  expect([noSpace(), quota, sqlite, wrapped].map(isDiskFull)).toEqual([true, true, true, true]);
  const other = Object.assign(new Error('denied'), { code: 'EACCES' });
  expect([other, null, 'ENOSPC', new KeelError({ code: 'x', why: '', fix: '' })].map(isDiskFull)).toEqual(
    Array(4).fill(false),
  );
});

test('says how much to free, or what else to look at where there seems to be room', () => {
  const room = { path: '/data/runs/one', mount: '/data', freeBytes: 2_000_000, neededBytes: 1_202_000_000 };
  expect(waitingForDisk(room)).toBe('waiting for disk: free 1.2 GB on /data for /data/runs/one');
  expect(diskFull('The run', room)).toMatchObject({
    code: 'disk_full',
    why: 'The run could not be written to /data/runs/one: the disk at /data is full (2 MB free).',
    fix: 'Free 1.2 GB on /data, then try again.',
  });
  expect(waitingForDisk({ ...room, neededBytes: 1000 })).toBe(
    'waiting for disk: check the quota and limits of /data, which has 2 MB free for /data/runs/one',
  );
});

test('a raw error takes its own path, or the one that is given', () => {
  expect(typedDiskError(noSpace('/tmp/some/file'), '/home')).toMatchObject({
    code: 'disk_full',
    why: expect.stringContaining('/tmp/some/file'),
  });
  expect(typedDiskError(noSpace(), '/tmp')).toMatchObject({ why: expect.stringContaining('written to /tmp:') });
  const raw = noSpace();
  expect(typedDiskError(raw, null)).toBe(raw);
  const other = new TypeError('x');
  expect(typedDiskError(other, '/tmp')).toBe(other);
});

describe.skipIf(!canMount)('on a file system of its own', () => {
  test('its mount point and room are found, below folders that do not exist yet too', () => {
    const { folder, fill, free } = smallDisk(4);
    mkdirSync(join(folder, 'a'));
    const deep = join(folder, 'a', 'b', 'c');
    expect(mountOf(deep)).toBe(folder);
    expect(mountOf('/proc/self')).toBe('/proc');
    fill();
    expect(diskRoom(deep, 1000)).toEqual({ path: deep, mount: folder, freeBytes: 0, neededBytes: 1000 });
    const file = join(folder, 'a', 'file');
    const write = () => writeFileSync(file, Buffer.alloc(100_000));
    expect(() => orDiskFull('The file', file, write, 100_000)).toThrow(
      `The file could not be written to ${file}: the disk at ${folder} is full (0 B free). Free 100 kB on ${folder}`,
    );
    free();
    orDiskFull('The file', file, write);
    expect(statSync(file).size).toBe(100_000);
  });
});
