import type { Text } from '../../records.ts';

/**
 * A word, a character of a script that writes no spaces, a number, or any other single character. Signs that end a clause
 * behind a word or a number say nothing about what is asked and are left out (`!` behind a number is an operator); every
 * other sign, digit, symbol and emoji counts.
 */
const TOKENS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*|\p{N}+(?:[.,:/]\p{N}+)*|(?<end>(?:(?<=[\p{L}\p{M}])[.,;:!?…]+|(?<=[\p{N})\]])[.,;:?…]+)(?=[\s"'”’)]|$))|[^\s\p{L}]/gu;
const STARTS_WITH_LETTER = /^\p{L}/u;

export interface TextTokens {
  /** Words and marks in their order. Words of two letters and more stand in lower case; a letter alone may be a variable. */
  readonly tokens: readonly string[];
  /** Numbers, signs, symbols, emoji and the roles of turns in their order: texts that differ here say different things. */
  readonly marks: string;
}

function collect(text: string, tokens: string[], marks: string[]): void {
  for (const match of text.normalize('NFC').matchAll(TOKENS)) {
    if (match.groups?.end !== undefined) continue;
    const token = match[0];
    const isWord = STARTS_WITH_LETTER.test(token);
    tokens.push(isWord && token.length > 1 ? token.toLowerCase() : token);
    if (!isWord) marks.push(token);
  }
}

/** What two texts are compared by. */
export function tokensOf(text: Text): TextTokens {
  const tokens: string[] = [];
  const marks: string[] = [];
  if (typeof text === 'string') collect(text, tokens, marks);
  else {
    for (const { role, content } of text) {
      marks.push(`${role}:`);
      collect(content, tokens, marks);
    }
  }
  return { tokens, marks: marks.join(' ') };
}
