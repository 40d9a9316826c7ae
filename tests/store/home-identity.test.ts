import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type HomeIdentity, recognizeHome } from '../../src-main/store/home-identity.ts';
import { openStore } from '../../src-main/store/open-store.ts';

let place = '';
const at = (name: string) => join(place, name);

function recognize(home: string): HomeIdentity {
  const store = openStore(join(home, 'store.sqlite'));
  try {
    return recognizeHome(store, home);
  } finally {
    store.close();
  }
}

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'keel-identity-')));
});

test('a data folder keeps its identity, by whichever link it is opened', () => {
  const first = recognize(at('a'));
  expect(first).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), notice: null });
  symlinkSync(at('a'), at('link'));
  expect(recognize(at('link'))).toEqual(first);
});

test('one that was moved is the same, and says so once', () => {
  const { id } = recognize(at('a'));
  renameSync(at('a'), at('b'));
  expect(recognize(at('b'))).toEqual({ id, notice: expect.stringContaining(`moved from ${at('a')} to ${at('b')}`) });
  expect(recognize(at('b'))).toEqual({ id, notice: null });
});

test('a copy is another one, says so once, and the original is what it was', () => {
  const { id } = recognize(at('a'));
  cpSync(at('a'), at('b'), { recursive: true });
  const copy = recognize(at('b'));
  expect(copy.id).not.toBe(id);
  expect(copy.notice).toContain(`a copy of ${at('a')}`);
  expect(recognize(at('b'))).toEqual({ id: copy.id, notice: null });
  expect(recognize(at('a'))).toEqual({ id, notice: null });
});

test('a new data folder at the former place does not make a copy of one that moved away', () => {
  const { id } = recognize(at('a'));
  renameSync(at('a'), at('b'));
  recognize(at('a'));
  expect(recognize(at('b'))).toEqual({ id, notice: expect.stringContaining('moved') });
});

test('a store that was lost and made anew does not change the identity', () => {
  const { id } = recognize(at('a'));
  rmSync(join(at('a'), 'store.sqlite'));
  expect(recognize(at('a'))).toEqual({ id, notice: null });
});

test('`runs` behind a link belongs to one data folder: its copy is refused, again and again, and changes nothing', () => {
  mkdirSync(at('big'));
  mkdirSync(at('a'));
  symlinkSync(at('big'), join(at('a'), 'runs'));
  const { id } = recognize(at('a'));
  cpSync(at('a'), at('b'), { recursive: true, verbatimSymlinks: true });
  const refused = expect.objectContaining({ code: 'runs_shared', why: expect.stringContaining(at('a')) });
  for (let count = 0; count < 2; count += 1) expect(() => recognize(at('b'))).toThrow(refused);
  expect(recognize(at('a'))).toEqual({ id, notice: null });
  renameSync(at('a'), at('c'));
  expect(recognize(at('c')).id).toBe(id);
  rmSync(join(at('b'), 'runs'));
  cpSync(at('big'), join(at('b'), 'runs'), { recursive: true });
  expect(recognize(at('b')).notice).not.toBeNull();
  expect(existsSync(join(at('b'), 'runs'))).toBe(true);
});

test('a copy of a data folder that an older Keel wrote, with `runs` behind a link, is refused as well', () => {
  mkdirSync(at('big'));
  mkdirSync(at('a'));
  symlinkSync(at('big'), join(at('a'), 'runs'));
  openStore(join(at('a'), 'store.sqlite')).close();
  cpSync(at('a'), at('b'), { recursive: true, verbatimSymlinks: true });
  const store = openStore(join(at('b'), 'store.sqlite'));
  // As the migration leaves it: the newest run was made there.
  store.write.prepare("INSERT INTO home (id, path) VALUES ('', ?)").run(at('a'));
  expect(() => recognizeHome(store, at('b'))).toThrow(expect.objectContaining({ code: 'runs_shared' }));
  store.close();
});
