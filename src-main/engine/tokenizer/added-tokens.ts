import type { AddedTokenJson } from './files/tokenizer-json.ts';
import { WHITE_SPACE, WORD } from './steps/unicode-classes.ts';

/** A section of text between added tokens, or one added token. */
export type Section = { readonly text: string; readonly atStart: boolean } | { readonly id: number };

const STARTS_WITH_WORD = new RegExp(`^${WORD}`, 'v');
const ONE_SPACE = new RegExp(`^${WHITE_SPACE}$`, 'v');

/**
 * Finds added tokens in text like the Rust library does: the leftmost, and of those the longest. A found token is
 * skipped even if it does not count (a special token that stays text, or a token that must stand alone but does not),
 * so that no shorter token is found inside it.
 */
export class AddedTokenFinder {
  private readonly byFirstUnit = new Map<number, AddedTokenJson[]>();

  /** `spelling` returns the text to search for: for a normalized token, its normalized form. */
  constructor(tokens: readonly AddedTokenJson[], spelling: (token: AddedTokenJson) => string) {
    for (const token of tokens) {
      const content = spelling(token);
      if (content === '') continue;
      const unit = content.charCodeAt(0);
      const sameStart = this.byFirstUnit.get(unit) ?? [];
      sameStart.push({ ...token, content });
      this.byFirstUnit.set(unit, sameStart);
    }
    for (const sameStart of this.byFirstUnit.values()) sameStart.sort((a, b) => b.content.length - a.content.length);
  }

  /**
   * Splits a text at its added tokens; `lstrip` and `rstrip` tokens include the adjacent white space. With
   * `keepsSpecial`, special tokens that are spelled out stay text.
   */
  split(text: string, keepsSpecial: boolean): Section[] {
    if (text === '') return [];
    if (this.byFirstUnit.size === 0) return [{ text, atStart: true }];
    const sections: Section[] = [];
    let done = 0;
    for (let index = 0; index < text.length; index++) {
      const token = this.longestAt(text, index);
      if (token === null) continue;
      const end = index + token.content.length;
      if (this.counts(token, text, index, keepsSpecial)) {
        const start = token.lstrip ? Math.max(startOfSpace(text, index), done) : index;
        if (done < start) sections.push({ text: text.slice(done, start), atStart: done === 0 });
        sections.push({ id: token.id });
        done = token.rstrip ? endOfSpace(text, end) : end;
      }
      index = end - 1;
    }
    if (done < text.length) sections.push({ text: text.slice(done), atStart: done === 0 });
    return sections;
  }

  private longestAt(text: string, index: number): AddedTokenJson | null {
    const candidates = this.byFirstUnit.get(text.charCodeAt(index));
    return candidates?.find((candidate) => text.startsWith(candidate.content, index)) ?? null;
  }

  private counts(token: AddedTokenJson, text: string, index: number, keepsSpecial: boolean): boolean {
    if (keepsSpecial && token.special) return false;
    return !token.single_word || standsAlone(text, index, index + token.content.length);
  }
}

/** Start of the white space before a position. */
function startOfSpace(text: string, place: number): number {
  let start = place;
  while (start > 0 && ONE_SPACE.test(text[start - 1] as string)) start--;
  return start;
}

/** End of the white space after a position. */
function endOfSpace(text: string, place: number): number {
  let end = place;
  while (end < text.length && ONE_SPACE.test(text[end] as string)) end++;
  return end;
}

function standsAlone(text: string, start: number, end: number): boolean {
  const isPair = start > 1 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(start - 2, start));
  const before = text.slice(isPair ? start - 2 : Math.max(0, start - 1), start);
  return !STARTS_WITH_WORD.test(before) && !STARTS_WITH_WORD.test(text.slice(end, end + 2));
}
