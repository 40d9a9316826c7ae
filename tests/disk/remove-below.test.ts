import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { removeBelow, removeFromHome, requireBelow } from '../../src-main/disk/remove-below.ts';

let place = '';
const folder = (...parts: readonly string[]) => {
  const path = join(place, ...parts);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'kept.txt'), 'a');
  return path;
};
const refused = expect.objectContaining({
  code: 'removal_refused',
  fix: expect.stringContaining('Nothing was removed'),
});

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'keel-remove-')));
});

describe('what lies below goes', () => {
  test('a folder with everything in it, a file, and what is gone already', () => {
    const runs = folder('runs');
    removeBelow(runs, folder('runs', 'one', 'deep'));
    expect([existsSync(join(runs, 'one', 'deep')), existsSync(join(runs, 'one'))]).toEqual([false, true]);
    removeBelow(runs, join(runs, 'kept.txt'));
    removeBelow(runs, join(runs, 'never', 'there'));
    expect(existsSync(join(runs, 'kept.txt'))).toBe(false);
  });

  test('whatever links the root is named by', () => {
    const one = folder('real', 'runs', 'one');
    symlinkSync(join(place, 'real'), join(place, 'link'));
    removeBelow(join(place, 'link', 'runs'), join(place, 'real', 'runs', 'one'));
    expect(existsSync(one)).toBe(false);
    const two = folder('real', 'runs', 'two');
    removeBelow(join(place, 'real', 'runs'), join(place, 'link', 'runs', 'two'));
    expect(existsSync(two)).toBe(false);
  });

  test('a link goes alone: what it leads to stays', () => {
    const [runs, other] = [folder('runs'), folder('other')];
    symlinkSync(other, join(runs, 'one'));
    removeBelow(runs, join(runs, 'one'));
    expect([existsSync(join(runs, 'one')), existsSync(join(other, 'kept.txt'))]).toEqual([false, true]);
  });
});

describe('anything else is refused, and stays', () => {
  test.each([
    ['the root itself', 'runs'],
    ['its parent', ''],
    ['a folder whose name begins alike', 'runs-old'],
    ['a way out', 'runs/../other'],
    ['a folder elsewhere', 'other'],
  ])('%s', (_, path) => {
    for (const one of ['runs', 'runs-old', 'other']) folder(one);
    expect(() => removeBelow(join(place, 'runs'), join(place, path))).toThrow(refused);
    for (const one of ['runs', 'runs-old', 'other']) expect(existsSync(join(place, one, 'kept.txt'))).toBe(true);
  });

  test('what a link on the way leads to', () => {
    const [runs, other] = [folder('runs'), folder('other', 'inner')];
    symlinkSync(join(place, 'other'), join(runs, 'one'));
    expect(() => removeBelow(runs, join(runs, 'one', 'inner'))).toThrow(refused);
    expect(() => requireBelow(runs, join(runs, 'one', 'inner', 'kept.txt'))).toThrow(refused);
    expect(existsSync(join(other, 'kept.txt'))).toBe(true);
  });

  test('a part of the data folder that is a link: another data folder may have it too', () => {
    const [model, home] = [folder('shared', 'gpt'), folder('home')];
    symlinkSync(join(place, 'shared'), join(home, 'models'));
    expect(() => removeFromHome(home, 'models', join(home, 'models', 'gpt'))).toThrow(refused);
    expect(existsSync(join(model, 'kept.txt'))).toBe(true);
    rmSync(join(home, 'models'));
    removeFromHome(home, 'models', folder('home', 'models', 'gpt'));
    expect(existsSync(join(home, 'models', 'gpt'))).toBe(false);
  });
});
