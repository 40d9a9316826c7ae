import type { AddedTokenJson } from './tokenizer-json.ts';

/** A stretch of text between added tokens, or one added token. */
export type Section = { readonly text: string } | { readonly id: number };

const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u;

/** Finds added tokens in text: the leftmost, and of those the longest, as the Rust library does. */
export class AddedTokenFinder {
  private readonly byFirstUnit = new Map<number, AddedTokenJson[]>();

  /** `contents` gives the spelling to look for: of a normalized token, its normalized form. */
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

  /** Cuts a text at its added tokens; `lstrip` and `rstrip` tokens swallow the white space beside them. */
  split(text: string): Section[] {
    if (text === '') return [];
    if (this.byFirstUnit.size === 0) return [{ text }];
    const sections: Section[] = [];
    let done = 0;
    for (let index = 0; index < text.length; index++) {
      const token = this.matchAt(text, index);
      if (token === null) continue;
      const before = text.slice(done, index);
      const kept = token.lstrip ? before.trimEnd() : before;
      if (kept !== '') sections.push({ text: kept });
      sections.push({ id: token.id });
      done = index + token.content.length;
      if (token.rstrip) done = text.length - text.slice(done).trimStart().length;
      index = done - 1;
    }
    if (done < text.length) sections.push({ text: text.slice(done) });
    return sections;
  }

  private matchAt(text: string, index: number): AddedTokenJson | null {
    const candidates = this.byFirstUnit.get(text.charCodeAt(index));
    const token = candidates?.find((candidate) => text.startsWith(candidate.content, index));
    if (!token || (token.single_word && !standsAlone(text, index, token.content.length))) return null;
    return token;
  }
}

function standsAlone(text: string, start: number, length: number): boolean {
  const before = text.slice(0, start).at(-1) ?? '';
  const after = text[start + length] ?? '';
  return !WORD_CHARACTER.test(before) && !WORD_CHARACTER.test(after);
}
