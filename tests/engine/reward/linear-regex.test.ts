import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linearRegex } from '#engine/reward/linear-regex.ts';

/** JavaScript's own matches; groups that took no part at the end are left out, as ours are. */
function native(pattern: string, text: string, flags = 'gu') {
  return Array.from(text.matchAll(new RegExp(pattern, flags)), ([whole, ...groups]) => ({
    whole,
    groups: trimmed(groups),
  }));
}

function trimmed(groups: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const last = groups.findLastIndex((group) => group !== undefined);
  return groups.slice(0, last + 1);
}

const ours = (pattern: string, text: string, ignoreCase = false) =>
  linearRegex(pattern, ignoreCase)
    .matches(text)
    .map(({ whole, groups }) => ({ whole, groups: trimmed(groups) }));

describe('matches as JavaScript does', () => {
  test.each([
    ['a+b', 'xaab'],
    ['\\b(\\w+)\\b', 'foo bar'],
    ['(x)?y', 'y xy'],
    ['a{2,3}?', 'aaaaaa'],
    ['a{2,3}', 'aaaaaa'],
    ['a{2,}', 'a aa aaaa'],
    ['^$', ''],
    ['^a|b$', 'ab ab'],
    ['[^\\d\\s]+', 'ab12 cd'],
    ['[\\w-]+@[a-z]+\\.com', 'me-too@shop.com, x@y.org'],
    ['#(\\d+)|(\\w+)@', '#12 bob@ x'],
    ['(a|ab)(c|bcd)', 'abcd'],
    ['.+?,', 'one,two,three'],
    ['x*', 'aax'],
    ['\\Bb\\B', 'abc b'],
    ['[a-c-]+', 'a-b-d'],
    ['\\u00e9|\\x41', 'é A'],
    ['👍+', 'ok 👍👍'],
    ['(?:ab|a)(?:c|bcd)(d*)', 'abcd'],
  ])('%s on %j', (pattern, text) => {
    expect(ours(pattern, text)).toEqual(native(pattern, text));
  });

  test('small patterns of any shape', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\b');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '??', '{1,2}', '*?'))
      .map(([one, count]) => (one === '\\b' ? one : one + count));
    const sequence = fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
    const pattern = fc.array(sequence, { minLength: 1, maxLength: 2 }).map((parts) => `(${parts.join('|')})b?`);
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 12 }), (regex, text) => {
        expect(ours(regex, text)).toEqual(native(regex, text));
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  test('case is ignored where asked', () => {
    expect(ours('[A-C]traße', 'bTRASSE btraße BTRAßE', true)).toEqual(
      native('[A-C]traße', 'bTRASSE btraße BTRAßE', 'giu'),
    );
  });
});

test('a pattern that takes others forever takes time in proportion', () => {
  const start = performance.now();
  expect(linearRegex('(a*)*b', false).occurs('a'.repeat(20_000))).toBe(false);
  expect(linearRegex('(a|aa)+$', false).occurs(`${'a'.repeat(20_000)}b`)).toBe(false);
  expect(performance.now() - start).toBeLessThan(5000);
});

test.each([
  ['(?=a)', 'look-around or named groups at character 3'],
  ['(a)\\1', 'does not support \\1'],
  ['a(', 'unclosed ( at character 3'],
  ['a)', 'has a ) without ( at character 2'],
  ['[a', 'unclosed ['],
  ['*a', 'nothing to repeat before *'],
  ['a{5,2}', 'count out of range'],
  ['a{2000}', 'count out of range'],
  ['((a{1000}){1000}){1000}', 'too large'],
  ['((){1000}){1000}', 'too large'],
  ['\\p{L}', 'does not support \\p'],
  ['\\', 'ends in a backslash'],
])('%s is refused', (pattern, why) => {
  expect(() => linearRegex(pattern, false)).toThrow(why);
});
