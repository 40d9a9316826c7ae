import { turnText } from '../../message-text.ts';
import type { Text } from '../../records.ts';
import { exactText } from './record-parts.ts';
import { ShingleCounts, type Shingles, sharedShare, shinglesOf } from './shingles.ts';

/**
 * A word, a character of a script written without spaces, a number, or any other single character. Punctuation that
 * ends a clause after a word or a number carries no meaning here and is skipped (`!` after a number is an operator);
 * every other sign, digit, symbol and emoji counts.
 */
const TOKENS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|\p{L}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)*|\p{N}+(?:[.,:/]\p{N}+)*|(?<end>(?:(?<=[\p{L}\p{M}])[.,;:!?…]+|(?<=[\p{N})\]])[.,;:?…]+)(?=[\s"'”’)]|$))|[^\s\p{L}]/gu;
const STARTS_WITH_LETTER = /^\p{L}/u;

interface TextTokens {
  /** Words and marks in their order. Words of two or more letters are lowercased; a single letter may be a variable. */
  readonly tokens: readonly string[];
  /**
   * Numbers, signs, symbols, emoji, the roles of turns, and the indentation of lines, in order: texts that differ here
   * have different meanings.
   */
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

/** How texts are compared. */
export interface Comparing {
  /**
   * Whether the indentation of lines counts, as in code and nested lists. Default true; earlier versions ignored it, and
   * their runs keep their split.
   */
  readonly countsIndentation?: boolean;
}

const INDENTED = /\n[ \t]+\S/;

/** The indentation of every line with content, if any line after the first has one. */
function indentation(text: string): readonly string[] {
  if (!INDENTED.test(text)) return [];
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`⏎${/^[ \t]*/.exec(line)![0]}`]));
}

/** The features by which two texts are compared. */
export function tokensOf(text: Text, { countsIndentation = true }: Comparing = {}): TextTokens {
  const tokens: string[] = [];
  const marks: string[] = [];
  const add = (part: string) => {
    collect(part, tokens, marks);
    if (countsIndentation) marks.push(...indentation(part));
  };
  if (typeof text === 'string') add(text);
  else {
    for (const turn of text) {
      marks.push(`${turn.role}:`);
      add(turnText(turn));
    }
  }
  return { tokens, marks: marks.join(' ') };
}

/** Share of common three-token runs from which two texts count as near duplicates. */
export const NEAR = 0.8;

/** A shingle that occurs in more texts than this is not distinctive, so candidates are searched by the others. */
const OFTEN = 32;
/** Approximate number of characters per token; sizes a table. */
const CHARACTERS_A_TOKEN = 5;
/** Number of shingles kept in memory (four bytes each), so that most files are tokenized only once. */
const MAX_KEPT = 32_000_000;

interface Compared {
  readonly shingles: Shingles;
  readonly marks: string;
}

function charactersOf(text: Text): number {
  if (typeof text === 'string') return text.length;
  return text.reduce((sum, turn) => sum + turnText(turn).length, 0);
}

/** Texts of one kind (the prompts of a file), compared by what distinguishes them from the others. */
export class ComparedTexts {
  private readonly texts: readonly Text[];
  private readonly comparing: Comparing;
  private readonly counts: ShingleCounts;
  private readonly kept: (Compared | undefined)[] = [];
  private room = MAX_KEPT;

  constructor(texts: readonly Text[], comparing: Comparing = {}) {
    this.texts = texts;
    this.comparing = comparing;
    const characters = texts.reduce((sum: number, text) => sum + charactersOf(text), 0);
    this.counts = new ShingleCounts(characters / CHARACTERS_A_TOKEN);
    for (let number = 0; number < texts.length; number++) this.counts.add(this.compared(number).shingles);
  }

  /** Shingles by which a text can be found: the rare ones, or all of them if every one is frequent. */
  tellingShingles(number: number): Shingles {
    const { shingles } = this.compared(number);
    const rare = shingles.filter((hash) => this.counts.of(hash) <= OFTEN);
    return rare.length > 0 ? rare : shingles;
  }

  /**
   * Whether two texts are equal, or have the same numbers, signs, symbols and roles and nearly the same words. Texts
   * with nothing to compare are near duplicates only if they are equal.
   */
  areNear(one: number, other: number): boolean {
    if (exactText(this.texts[one] as Text) === exactText(this.texts[other] as Text)) return true;
    const [a, b] = [this.compared(one), this.compared(other)];
    return a.marks === b.marks && sharedShare(a.shingles, b.shingles, this.counts) >= NEAR;
  }

  private compared(number: number): Compared {
    const kept = this.kept[number];
    if (kept !== undefined) return kept;
    const { tokens, marks } = tokensOf(this.texts[number] as Text, this.comparing);
    const made = { shingles: shinglesOf(tokens), marks };
    if (made.shingles.length <= this.room) {
      this.kept[number] = made;
      this.room -= made.shingles.length;
    }
    return made;
  }
}
