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
    ['a.b', 'a\rb a\u2028b a\u0085b a-b'],
    ['\\s+', 'a\u00a0\u3000b\ufeff c'],
    ['\\S+', 'a\u00a0b\u200bc'],
    ['[\\s,]+', 'a,\u00a0 b'],
    ['[^\\S\\n]+', 'a\u00a0\u2003\nb'],
    ['[\\s\\S]', '\u2028'],
    ['\\p{Lu}+', 'aÀΩb'],
    ['(?<word>\\w+)!', 'hi ho!'],
    ['[.]+', '...'],
    ['\\.', 'a.b'],
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
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['(a)\\1', 'invalid escape sequence: `\\1`'],
  ['a(', 'missing closing )'],
  ['a)', 'unexpected )'],
  ['[a', 'missing closing ]'],
  ['*a', 'missing argument to repetition operator: `*`'],
  ['a{5,2}', 'invalid repeat count: `{5,2}`'],
  ['a{2000}', 'invalid repeat count: `{2000}`'],
  ['((a{1000}){1000}){1000}', 'invalid repeat count'],
  ['\\', 'trailing backslash'],
])('%s is refused', (pattern, why) => {
  expect(() => linearRegex(pattern, false)).toThrow(why);
});
