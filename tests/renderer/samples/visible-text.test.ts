import { expect, test } from 'vitest';
import { visiblePieces } from '../../../src-renderer/pages/samples/visible-text.ts';

test('what cannot be seen is named and nothing is lost', () => {
  const text = 'a\u0000b\u202Ec\u200b \n\td';
  expect(visiblePieces(text).map(({ kind, text: part }) => `${kind}:${part}`)).toEqual([
    'plain:a',
    'hidden:NUL',
    'plain:b',
    'hidden:RLO',
    'plain:c',
    'hidden:ZWSP',
    'plain: ',
    'break:\n',
    'hidden:→',
    'plain:d',
  ]);
  expect(visiblePieces('\u0007')).toEqual([{ kind: 'hidden', text: 'U+0007', code: 'U+0007' }]);
});

test('spaces stand apart where they are asked for', () => {
  expect(visiblePieces('a  b', true).map(({ kind, text }) => [kind, text])).toEqual([
    ['plain', 'a'],
    ['space', '  '],
    ['plain', 'b'],
  ]);
  expect(visiblePieces('', true)).toEqual([]);
});

test('letters of any script stay whole', () => {
  expect(visiblePieces('日本 𝒳 שלום')).toEqual([{ kind: 'plain', text: '日本 𝒳 שלום' }]);
});
