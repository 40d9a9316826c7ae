import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../scripts/setup/process-lock.mjs';
import { temporaryFolder } from './temporary-folder.ts';

const DEAD_PID = 2 ** 22 + 1;

test('holders come one after the other, and the lock goes', async () => {
  const path = join(temporaryFolder(), 'lock');
  const order: string[] = [];
  const waits: string[] = [];
  const hold = (name: string) =>
    withLock(
      path,
      (pid) => waits.push(pid),
      async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
      },
    );
  await Promise.all([hold('first'), hold('second'), hold('third')]);
  expect(order.filter((_each, index) => index % 2 === 0).map((each) => each.split(' ')[0])).toEqual(
    order.filter((_each, index) => index % 2 === 1).map((each) => each.split(' ')[0]),
  );
  expect(waits).toEqual([String(process.pid), String(process.pid)]);
  expect(existsSync(path)).toBe(false);
});

test.each([
  ['a process that is gone', `${DEAD_PID} 1`],
  ['another process that has its number now', `${process.pid} 1`],
  ['a process that died while it wrote', ''],
])('the lock of %s is taken over', async (_case, owner) => {
  const path = join(temporaryFolder(), 'lock');
  writeFileSync(path, owner);
  expect(
    await withLock(
      path,
      () => undefined,
      () => 'done',
    ),
  ).toBe('done');
  expect(existsSync(path)).toBe(false);
});

test('work that fails lets the lock go', async () => {
  const path = join(temporaryFolder(), 'lock');
  const failing = withLock(
    path,
    () => undefined,
    () => Promise.reject(new Error('planted')),
  );
  await expect(failing).rejects.toThrow('planted');
  expect(existsSync(path)).toBe(false);
});
