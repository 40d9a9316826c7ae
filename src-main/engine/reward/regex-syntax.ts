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

const setNode = (ranges: Ranges, isNegated = false): RegexNode => ({ kind: 'set', set: { ranges, isNegated } });

/**
 * Parses the subset of JavaScript's regular expressions that can be matched in linear time: no back references, no
 * look-around, no named groups.
 * Throws SyntaxError with the position.
 */
export function parseRegex(pattern: string): RegexNode {
  const text = Array.from(pattern);
  let at = 0;
  let depth = 0;
  let groups = 0;

  const fail = (why: string): never => {
    throw new SyntaxError(`${why} at character ${at + 1}`);
  };
  const eat = (wanted: string) => {
    if (text[at] !== wanted) return false;
    at += 1;
    return true;
  };

  function hex(digits: number): number {
    const word = text.slice(at, at + digits).join('');
    if (!/^[0-9a-fA-F]+$/.test(word) || word.length !== digits) fail('expects hexadecimal digits');
    at += digits;
    return Number.parseInt(word, 16);
  }

  /** After a backslash: ranges of a class or a single code point. */
  function escaped(): Ranges {
    const letter = text[at++] ?? fail('ends in a backslash');
    const ranges = CLASSES[letter.toLowerCase()];
    if (ranges) return letter === letter.toLowerCase() ? ranges : complement(ranges);
    if (letter in CONTROLS) return [[CONTROLS[letter]!, CONTROLS[letter]!]];
    if (letter === 'x' || letter === 'u') {
      const code = hex(letter === 'x' ? 2 : 4);
      return [[code, code]];
    }
    if (/[A-Za-z0-9]/.test(letter)) fail(`does not support \\${letter}`);
    return [[letter.codePointAt(0)!, letter.codePointAt(0)!]];
  }

  function classItem(): Ranges {
    if (eat('\\')) return escaped();
    const code = (text[at++] ?? fail('has an unclosed [')).codePointAt(0)!;
    return [[code, code]];
  }

  function characterClass(): RegexNode {
    const isNegated = eat('^');
    const ranges: (readonly [number, number])[] = [];
    while (!eat(']')) {
      const low = classItem();
      if (text[at] !== '-' || text[at + 1] === ']' || text[at + 1] === undefined) {
        ranges.push(...low);
        continue;
      }
      at += 1;
      const high = classItem();
      if (low.length !== 1 || high.length !== 1 || low[0]![0] > high[0]![1]) fail('has a range that runs backwards');
      ranges.push([low[0]![0], high[0]![1]]);
    }
    return setNode(ranges, isNegated);
  }

  function grouped(): RegexNode {
    const isPlain = eat('?');
    if (isPlain && !eat(':')) fail('does not support look-around or named groups');
    const index = isPlain ? 0 : ++groups;
    if (groups > MAX_GROUPS) fail('has too many groups');
    if (++depth > MAX_DEPTH) fail('is nested too deeply');
    const inner = choice();
    if (!eat(')')) fail('has an unclosed (');
    depth -= 1;
    return isPlain ? inner : { kind: 'capture', part: inner, index };
  }

  function assertion(): RegexNode | null {
    if (eat('^')) return { kind: 'assert', what: 'start' };
    if (eat('$')) return { kind: 'assert', what: 'end' };
    if (text[at] !== '\\' || (text[at + 1] !== 'b' && text[at + 1] !== 'B')) return null;
    at += 2;
    return { kind: 'assert', what: text[at - 1] === 'b' ? 'boundary' : 'inside' };
  }

  function atom(): RegexNode {
    const asserted = assertion();
    if (asserted) return asserted;
    if (eat('(')) return grouped();
    if (eat('[')) return characterClass();
    if (eat('.'))
      return setNode(
        [
          [10, 10],
          [13, 13],
          [0x2028, 0x2029],
        ],
        true,
      );
    if (eat('\\')) return setNode(escaped());
    if ('*+?{'.includes(text[at]!)) fail(`has nothing to repeat before ${text[at]}`);
    const code = text[at++]!.codePointAt(0)!;
    return setNode([[code, code]]);
  }

  /** The bounds of a repetition, or null. */
  function bounds(): readonly [number, number] | null {
    if (eat('*')) return [0, Number.POSITIVE_INFINITY];
    if (eat('+')) return [1, Number.POSITIVE_INFINITY];
    if (eat('?')) return [0, 1];
    const counted = /^\{(\d+)(,?)(\d*)\}/.exec(text.slice(at, at + 20).join(''));
    if (!counted) return text[at] === '{' ? fail('has a { that is no count') : null;
    at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === '' ? least : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
    if (least > MAX_COUNT || most < least || (most > MAX_COUNT && Number.isFinite(most)))
      fail('has a count out of range');
    return [least, most];
  }

  function sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (at < text.length && text[at] !== '|' && text[at] !== ')') {
      const part = atom();
      const count = bounds();
      const isLazy = count !== null && eat('?');
      parts.push(count ? { kind: 'repeat', part, least: count[0], most: count[1], isLazy } : part);
    }
    return { kind: 'sequence', parts };
  }

  function choice(): RegexNode {
    const parts = [sequence()];
    while (eat('|')) parts.push(sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  const root = choice();
  if (at < text.length) fail('has a ) without (');
  return root;
}
