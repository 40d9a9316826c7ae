import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { homePaths, portableText } from '../../src-main/disk/home-paths.ts';

const { text, json } = homePaths('/data');
const elsewhere = homePaths('/mnt/big').text;

test.each([
  ['/data', 'keel-home:', '/mnt/big'],
  ['/data/runs/one', 'keel-home:/runs/one', '/mnt/big/runs/one'],
  ["files: ['/data/a.jsonl', /data/b.jsonl]", "files: ['keel-home:/a.jsonl', keel-home:/b.jsonl]", null],
  ['a=/data/x;b=/data', 'a=keel-home:/x;b=keel-home:', 'a=/mnt/big/x;b=/mnt/big'],
  ['The file /data/x is missing.', 'The file keel-home:/x is missing.', 'The file /mnt/big/x is missing.'],
])('%s is kept as %s and comes back', (whole, kept, moved) => {
  expect(text.portable(whole)).toBe(kept);
  expect(text.local(kept)).toBe(whole);
  if (moved) expect(elsewhere.local(kept)).toBe(moved);
});

test.each(['/data-old/x', '/mnt/data/x', '/database', 'see /data.jsonl', 'data/x', '', 'file:///data/x'])(
  '%s is another path',
  (path) => expect(text.portable(path)).toBe(path),
);

test('every spelling of a folder that is named by a link is the same path', () => {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'keel-paths-')));
  mkdirSync(join(place, 'real'));
  symlinkSync(join(place, 'real'), join(place, 'link'));
  const paths = homePaths(join(place, 'link')).text;
  expect([join(place, 'real', 'a'), join(place, 'link', 'a')].map(paths.portable)).toEqual(
    Array(2).fill('keel-home:/a'),
  );
  expect(paths.local('keel-home:/a')).toBe(join(place, 'link', 'a'));
});

test('inside JSON a path is found with its escapes, and comes back with them', () => {
  const value = { files: ['C:\\Keel\\a.jsonl'], 'loss"': 1e-7 };
  const windows = homePaths('C:\\Keel').json;
  const kept = windows.portable(JSON.stringify(value));
  expect(JSON.parse(kept)).toEqual({ files: ['keel-home:\\a.jsonl'], 'loss"': 1e-7 });
  expect(windows.local(kept)).toBe(JSON.stringify(value));
  expect(json.portable('{"at":"/data/x"}')).toBe('{"at":"keel-home:/x"}');
});

test('of folders inside each other the inner one counts; the root of the disk is no data folder', () => {
  expect(portableText(['/a', '/a/b', '/'])('/a/b/c /a/c /d')).toBe('keel-home:/c keel-home:/c /d');
});
