import type { CodePointSet, RegexNode } from './regex-program.ts';

type Ranges = CodePointSet['ranges'];

const DIGIT: Ranges = [[48, 57]];
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: Ranges = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const CLASSES: Readonly<Record<string, Ranges>> = { d: DIGIT, w: WORD, s: SPACE };
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11 };
const LAST = 0x10ffff;
const MAX_COUNT = 1000;
const MAX_DEPTH = 50;
const MAX_GROUPS = 50;

function complement(ranges: Ranges): Ranges {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (low > next) gaps.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next <= LAST) gaps.push([next, LAST]);
  return gaps;
}

const LINE_ENDS: Ranges = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const only = (code: number): Ranges => [[code, code]];
const setNode = (ranges: Ranges, isNegated = false): RegexNode => ({ kind: 'set', set: { ranges, isNegated } });

/** Reads a pattern from left to right. */
class RegexReader {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;
  #groups = 0;

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  #fail(why: string): never {
    throw new SyntaxError(`${why} at character ${this.#at + 1}`);
  }

  #eat(wanted: string): boolean {
    if (this.#text[this.#at] !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #take(why: string): string {
    const letter = this.#text[this.#at] ?? this.#fail(why);
    this.#at += 1;
    return letter;
  }

  #hex(digits: number): number {
    const word = this.#text.slice(this.#at, this.#at + digits).join('');
    if (!/^[0-9a-fA-F]+$/.test(word) || word.length !== digits) this.#fail('expects hexadecimal digits');
    this.#at += digits;
    return Number.parseInt(word, 16);
  }

  /** After a backslash: ranges of a class or a single code point. */
  #escaped(): Ranges {
    const letter = this.#take('ends in a backslash');
    const ranges = CLASSES[letter.toLowerCase()];
    if (ranges) return letter === letter.toLowerCase() ? ranges : complement(ranges);
    if (letter in CONTROLS) return only(CONTROLS[letter]!);
    if (letter === 'x' || letter === 'u') return only(this.#hex(letter === 'x' ? 2 : 4));
    if (/[A-Za-z0-9]/.test(letter)) this.#fail(`does not support \\${letter}`);
    return only(letter.codePointAt(0)!);
  }

  #classItem(): Ranges {
    return this.#eat('\\') ? this.#escaped() : only(this.#take('has an unclosed [').codePointAt(0)!);
  }

  #characterClass(): RegexNode {
    const isNegated = this.#eat('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.#eat(']')) {
      const low = this.#classItem();
      const [dash, after] = [this.#text[this.#at], this.#text[this.#at + 1]];
      if (dash !== '-' || after === ']' || after === undefined) {
        ranges.push(...low);
        continue;
      }
      this.#at += 1;
      const high = this.#classItem();
      const isRange = low.length === 1 && high.length === 1 && low[0]![0] <= high[0]![1];
      if (!isRange) this.#fail('has a range that runs backwards');
      ranges.push([low[0]![0], high[0]![1]]);
    }
    return setNode(ranges, isNegated);
  }

  #grouped(): RegexNode {
    const isPlain = this.#eat('?');
    if (isPlain && !this.#eat(':')) this.#fail('does not support look-around or named groups');
    if (!isPlain) this.#groups += 1;
    const index = this.#groups;
    if (index > MAX_GROUPS) this.#fail('has too many groups');
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail('is nested too deeply');
    const part = this.#choice();
    if (!this.#eat(')')) this.#fail('has an unclosed (');
    this.#depth -= 1;
    return isPlain ? part : { kind: 'capture', part, index };
  }

  #assertion(): RegexNode | null {
    if (this.#eat('^')) return { kind: 'assert', what: 'start' };
    if (this.#eat('$')) return { kind: 'assert', what: 'end' };
    const letter = this.#text[this.#at + 1];
    if (this.#text[this.#at] !== '\\' || (letter !== 'b' && letter !== 'B')) return null;
    this.#at += 2;
    return { kind: 'assert', what: letter === 'b' ? 'boundary' : 'inside' };
  }

  #atom(): RegexNode {
    const asserted = this.#assertion();
    if (asserted) return asserted;
    if (this.#eat('(')) return this.#grouped();
    if (this.#eat('[')) return this.#characterClass();
    if (this.#eat('.')) return setNode(LINE_ENDS, true);
    if (this.#eat('\\')) return setNode(this.#escaped());
    const letter = this.#text[this.#at]!;
    if ('*+?{'.includes(letter)) this.#fail(`has nothing to repeat before ${letter}`);
    this.#at += 1;
    return setNode(only(letter.codePointAt(0)!));
  }

  /** The bounds of a repetition, or null. */
  #bounds(): readonly [number, number] | null {
    if (this.#eat('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#eat('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#eat('?')) return [0, 1];
    const counted = /^\{(\d+)(,?)(\d*)\}/.exec(this.#text.slice(this.#at, this.#at + 20).join(''));
    if (!counted) return this.#text[this.#at] === '{' ? this.#fail('has a { that is no count') : null;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    const isOpen = counted[2] !== '' && counted[3] === '';
    const most = counted[2] === '' ? least : Number(counted[3]);
    if (least > MAX_COUNT || (!isOpen && (most < least || most > MAX_COUNT))) this.#fail('has a count out of range');
    return [least, isOpen ? Number.POSITIVE_INFINITY : most];
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (
      let next = this.#text[this.#at];
      next !== undefined && next !== '|' && next !== ')';
      next = this.#text[this.#at]
    ) {
      const part = this.#atom();
      const count = this.#bounds();
      const isLazy = count !== null && this.#eat('?');
      parts.push(count ? { kind: 'repeat', part, least: count[0], most: count[1], isLazy } : part);
    }
    return { kind: 'sequence', parts };
  }

  #choice(): RegexNode {
    const parts = [this.#sequence()];
    while (this.#eat('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  read(): RegexNode {
    const root = this.#choice();
    if (this.#at < this.#text.length) this.#fail('has a ) without (');
    return root;
  }
}

/**
 * Parses the subset of JavaScript's regular expressions that can be matched in linear time: no back references, no
 * look-around, no named groups. Throws SyntaxError with the position.
 */
export function parseRegex(pattern: string): RegexNode {
  return new RegexReader(pattern).read();
}
