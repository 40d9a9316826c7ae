import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  collectOrphans,
  listCheckpoints,
  verifyCheckpoint,
  writeCheckpoint,
} from '../../../../src-main/engine/session/checkpoint/checkpoints.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keel-checkpoints-'));
});
afterEach(() => {
  delete process.env.KEEL_FAIL_AT;
  rmSync(folder, { recursive: true, force: true });
});

const fill = (text: string) => (place: string) => writeFileSync(join(place, 'state.json'), text);

test('a written checkpoint lists every file with its hash and is found again', () => {
  const written = writeCheckpoint(folder, 7, fill('{"a":1}'));
  expect(verifyCheckpoint(written.folder)).toEqual({
    format: 1,
    step: 7,
    files: {
      'state.json': { sha256: '015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862', bytes: 7 },
    },
  });
  expect(listCheckpoints(folder)).toEqual([{ step: 7, folder: written.folder }]);
});

test('checkpoints are ordered by step, not by name length or time', () => {
  for (const step of [100, 9, 20]) writeCheckpoint(folder, step, fill('x'));
  expect(listCheckpoints(folder).map((found) => found.step)).toEqual([9, 20, 100]);
});

test('a changed byte and a missing file are both named', () => {
  const written = writeCheckpoint(folder, 1, fill('whole'));
  writeFileSync(join(written.folder, 'state.json'), 'wholf');
  expect(() => verifyCheckpoint(written.folder)).toThrow(/state\.json does not match its hash/);
  rmSync(join(written.folder, 'state.json'));
  expect(() => verifyCheckpoint(written.folder)).toThrow(/state\.json is missing/);
});

test('a full disk leaves the earlier checkpoint and no partial folder', () => {
  writeCheckpoint(folder, 1, fill('good'));
  process.env.KEEL_FAIL_AT = 'checkpoint.before_rename:enospc';
  expect(() => writeCheckpoint(folder, 2, fill('late'))).toThrow(/ENOSPC.*Check the quota and limits of/);
  expect(readdirSync(folder)).toEqual(['checkpoint-00000001']);
});

test.each(['checkpoint.before_write', 'checkpoint.before_sync', 'checkpoint.before_rename', 'checkpoint.after_rename'])(
  'a process killed at %s leaves a whole checkpoint',
  (place) => {
    const module = join(import.meta.dirname, '../../../../src-main/engine/session/checkpoint/checkpoints.ts');
    const script = `import { writeCheckpoint } from ${JSON.stringify(module)};
      import { writeFileSync } from 'node:fs'; import { join } from 'node:path';
      const fill = (text) => (place) => writeFileSync(join(place, 'state.json'), text);
      const [folder, place] = process.argv.slice(1);
      writeCheckpoint(folder, 1, fill('first'));
      process.env.KEEL_FAIL_AT = place + ':kill';
      writeCheckpoint(folder, 2, fill('second'));`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script, folder, place]);
    expect(signal).toBe('SIGKILL');
    collectOrphans(folder);
    const whole = listCheckpoints(folder);
    for (const checkpoint of whole) verifyCheckpoint(checkpoint.folder);
    expect(whole.map((found) => found.step)).toEqual(place === 'checkpoint.after_rename' ? [1, 2] : [1]);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  },
);

test('what an interrupted replacement moved aside comes back', () => {
  const written = writeCheckpoint(folder, 3, fill('kept'));
  renameSync(written.folder, `${written.folder}.replaced`);
  mkdirSync(join(folder, '.checkpoint-00000003.partial'));
  expect(collectOrphans(folder)).toEqual(['.checkpoint-00000003.partial']);
  expect(readFileSync(join(written.folder, 'state.json'), 'utf8')).toBe('kept');
  expect(existsSync(`${written.folder}.replaced`)).toBe(false);
});
