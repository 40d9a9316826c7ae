import { expect, test } from 'vitest';
import { markInvisibles } from '../../../../src-renderer/parts/words/mark-invisibles.ts';

test('what cannot be seen becomes a mark, everything else stays as it is', () => {
  expect(markInvisibles('a\u202Eb\u202C <img src=x>\n')).toEqual([
    { text: 'a', mark: null },
    { text: 'U+202E', mark: 'U+202E right-to-left override' },
    { text: 'b', mark: null },
    { text: 'U+202C', mark: 'U+202C pop directional formatting' },
    { text: ' <img src=x>\n', mark: null },
  ]);
});

test.each([
  ['\0', 'U+0000 NUL'],
  ['\x1b', 'U+001B escape'],
  ['\ud800', 'U+D800'],
  ['\u{e0041}', 'U+E0041'],
  ['\u00a0', 'U+00A0 no-break space'],
  ['\u2028', 'U+2028'],
])('%j is marked', (text, mark) => {
  expect(markInvisibles(text)).toEqual([{ text: mark.split(' ')[0], mark }]);
});

test('letters of any script, emoji and plain spaces are no marks', () => {
  for (const text of ['Grüße 日本語 العربية 👍', 'a b\nc', '']) {
    expect(markInvisibles(text)).toEqual(text === '' ? [] : [{ text, mark: null }]);
  }
});
