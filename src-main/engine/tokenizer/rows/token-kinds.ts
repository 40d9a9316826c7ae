import type { Tokenizer } from '../tokenizer.ts';
import { specialPattern } from './record-notes.ts';

/** What a token of a row is: ordinary text, a special token, or part of text that merely spells one. */
export type TokenKind = 'text' | 'special' | 'spelled';

type Reads = Pick<Tokenizer, 'decode' | 'isSpecial' | 'specialTokens'>;

/** Marks the tokens from `start` whose texts spell a special token together. */
function markSpelled(kinds: TokenKind[], texts: readonly string[], start: number, pattern: RegExp): void {
  let end = 0;
  const ends = texts.map((text) => {
    end += text.length;
    return end;
  });
  for (const { index, 0: spelling } of texts.join('').matchAll(pattern)) {
    for (let token = 0; token < texts.length; token++) {
      const from = (ends[token - 1] ?? 0) as number;
      if (from < index + spelling.length && (ends[token] as number) > index) kinds[start + token] = 'spelled';
    }
  }
}

/** The kind of each token. */
export function tokenKinds(tokenizer: Reads, ids: readonly number[]): readonly TokenKind[] {
  const kinds = ids.map((id): TokenKind => (tokenizer.isSpecial(id) ? 'special' : 'text'));
  const pattern = specialPattern(tokenizer);
  for (let start = 0; start < ids.length && pattern !== null; start++) {
    if (kinds[start] !== 'text') continue;
    let end = start;
    while (end < ids.length && kinds[end] === 'text') end++;
    markSpelled(
      kinds,
      ids.slice(start, end).map((id) => tokenizer.decode([id])),
      start,
      pattern,
    );
    start = end;
  }
  return kinds;
}
