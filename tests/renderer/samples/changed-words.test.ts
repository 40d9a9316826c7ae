import { expect, test } from 'vitest';
import { changedWords, type TextChange } from '../../../src-renderer/pages/samples/changed-words.ts';

/** The changes as `same [-removed-] {+added+}`. */
function marked(before: string, after: string): string {
  const found = changedWords(before, after);
  if (found.kind === 'apart') return found.because;
  const marks = {
    same: (text: string) => text,
    removed: (text: string) => `[-${text}-]`,
    added: (text: string) => `{+${text}+}`,
  };
  return found.changes.map(({ kind, text }: TextChange) => marks[kind](text)).join('');
}

test('a word that took the place of another, and nothing where nothing has changed', () => {
  expect(marked('one two three', 'one 2 three')).toBe('one [-two-]{+2+} three');
  expect(marked('a b', 'a b')).toBe('a b');
  expect(marked('', '')).toBe('');
});

test('a run of changed words is one change: a single word that both share does not cut it', () => {
  expect(marked('we send the new lamp back today', 'we send one new radio back today')).toBe(
    'we send [-the new lamp-]{+one new radio+} back today',
  );
});

test('texts that share little are read side by side', () => {
  expect(marked('We get such mail every day.', 'Hello Henry! I sincerely apologize for the trouble.')).toBe(
    'different',
  );
  expect(marked('', 'something')).toBe('different');
});

test('characters of a script without spaces are compared one by one', () => {
  expect(marked('我们很抱歉听到这个', '我们很高兴听到这个')).toBe('我们很[-抱歉-]{+高兴+}听到这个');
});

test('both texts can be read out of the changes', () => {
  const [before, after] = ['Send it back.\n\n  Now, or wait a day!', 'Please send  it\nback. Now, or wait a day!'];
  const found = changedWords(before, after);
  if (found.kind !== 'runs') throw new Error(found.because);
  const without = (kind: string) => found.changes.filter((change) => change.kind !== kind).map(({ text }) => text);
  expect([without('added').join(''), without('removed').join('')]).toEqual([before, after]);
});

test('texts that would take too long are not compared', () => {
  expect(marked('x'.repeat(1_000_000), 'y')).toBe('long');
});
