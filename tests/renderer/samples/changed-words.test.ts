import { expect, test } from 'vitest';
import { changedWords } from '../../../src-renderer/pages/samples/changed-words.ts';

test('a word that took the place of another', () => {
  expect(changedWords('one two three', 'one 2 three')).toEqual([
    { kind: 'same', text: 'one ' },
    { kind: 'removed', text: 'two' },
    { kind: 'added', text: '2' },
    { kind: 'same', text: ' three' },
  ]);
  expect(changedWords('a b', 'a b')).toEqual([{ kind: 'same', text: 'a b' }]);
});

test('both texts can be read out of the changes', () => {
  const [before, after] = ['Send it back.\n\n  Now!', 'Please send  it\nback, now.'];
  const changes = changedWords(before, after) ?? [];
  const without = (kind: string) => changes.filter((change) => change.kind !== kind).map(({ text }) => text);
  expect([without('added').join(''), without('removed').join('')]).toEqual([before, after]);
});

test('texts that would take too long are not compared', () => {
  expect(changedWords('x'.repeat(1_000_000), 'y')).toBeNull();
});
