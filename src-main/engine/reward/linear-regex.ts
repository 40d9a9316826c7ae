import { type Assertion, type CodePointSet, type Instruction, regexProgram } from './regex-program.ts';
import { parseRegex } from './regex-syntax.ts';

export interface RegexMatch {
  readonly whole: string;
  /** Text of each group, undefined for one that took no part. */
  readonly groups: readonly (string | undefined)[];
}

export interface LinearRegex {
  /** True when it occurs anywhere. */
  occurs(text: string): boolean;
  /** Every match from left to right, none overlapping, as JavaScript's own would be. */
  matches(text: string): readonly RegexMatch[];
}

/** A way through the program and what it has captured: positions by slot. */
interface Thread {
  readonly at: number;
  readonly slots: readonly number[];
}

/** Where a match may begin: instructions that can read the next letter, with the slots to note on the way. */
type Openings = readonly { readonly at: number; readonly saves: readonly number[] }[];

function isWord(code: number | undefined): boolean {
  if (code === undefined) return false;
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function asserted(what: Assertion, before: number | undefined, after: number | undefined): boolean {
  if (what === 'start') return before === undefined;
  if (what === 'end') return after === undefined;
  return (isWord(before) !== isWord(after)) === (what === 'boundary');
}

function variantsOf(code: number | undefined, ignoreCase: boolean): readonly number[] {
  if (code === undefined) return [];
  if (!ignoreCase) return [code];
  const letter = String.fromCodePoint(code);
  return [code, letter.toLowerCase().codePointAt(0)!, letter.toUpperCase().codePointAt(0)!];
}

function holds({ ranges, isNegated }: CodePointSet, codes: readonly number[]): boolean {
  return ranges.some(([low, high]) => codes.some((code) => code >= low && code <= high)) !== isNegated;
}

/** Reading and matching instructions reachable from one without reading, in order of preference, each once. */
function reachable(
  program: readonly Instruction[],
  start: number,
  seen: Set<number>,
  before: number | undefined,
  after: number | undefined,
): Openings {
  const found: { at: number; saves: readonly number[] }[] = [];
  const pending: { at: number; saves: readonly number[] }[] = [{ at: start, saves: [] }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { at, saves } = next;
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = program[at]!;
    if (instruction.op === 'set' || instruction.op === 'match') found.push(next);
    else if (instruction.op === 'save') pending.push({ at: at + 1, saves: [...saves, instruction.slot] });
    else if (instruction.op === 'split') {
      pending.push({ at: instruction.second, saves }, { at: instruction.first, saves });
    } else if (asserted(instruction.what, before, after)) pending.push({ at: at + 1, saves });
  }
  return found;
}

function noted(slots: readonly number[], saves: readonly number[], position: number): readonly number[] {
  if (saves.length === 0) return slots;
  const result = [...slots];
  for (const slot of saves) result[slot] = position;
  return result;
}

/** All ways through a program followed at once over one text. */
class Search {
  readonly #program: readonly Instruction[];
  readonly #ignoreCase: boolean;
  readonly #openings = new Map<number, Openings>();

  constructor(program: readonly Instruction[], ignoreCase: boolean) {
    this.#program = program;
    this.#ignoreCase = ignoreCase;
  }

  #reads(at: number, variants: readonly number[]): boolean {
    const instruction = this.#program[at]!;
    return instruction.op === 'set' && holds(instruction.set, variants);
  }

  /** Openings depend on the next letter and on what kind of letter stands before: few, hence kept. */
  #openingsAt(before: number | undefined, code: number | undefined): Openings {
    const kind = before === undefined ? 0 : isWord(before) ? 1 : 2;
    const key = 3 * (code ?? -1) + kind;
    const known = this.#openings.get(key);
    if (known) return known;
    const variants = variantsOf(code, this.#ignoreCase);
    const all = reachable(this.#program, 0, new Set(), before, code);
    const fitting = all.filter(({ at }) => this.#program[at]!.op === 'match' || this.#reads(at, variants));
    this.#openings.set(key, fitting);
    return fitting;
  }

  /** The first place at or after a position where a match may begin. */
  #skip(codes: readonly number[], from: number): number {
    let i = from;
    while (i <= codes.length && this.#openingsAt(codes[i - 1], codes[i]).length === 0) i += 1;
    return i;
  }

  /** Threads that begin here, after those that are under way. */
  #opened(threads: readonly Thread[], codes: readonly number[], i: number): readonly Thread[] {
    const present = new Set(threads.map(({ at }) => at));
    const openings = this.#openingsAt(codes[i - 1], codes[i]).filter(({ at }) => !present.has(at));
    return [...threads, ...openings.map(({ at, saves }) => ({ at, slots: noted([], saves, i) }))];
  }

  /** Reads one letter in every thread, in order of preference, up to one that has matched. */
  #advance(threads: readonly Thread[], codes: readonly number[], i: number) {
    const variants = variantsOf(codes[i], this.#ignoreCase);
    const following: Thread[] = [];
    const seen = new Set<number>();
    for (const { at, slots } of threads) {
      if (this.#program[at]!.op === 'match') return { following, matched: slots };
      if (!this.#reads(at, variants)) continue;
      for (const { at: to, saves } of reachable(this.#program, at + 1, seen, codes[i], codes[i + 1])) {
        following.push({ at: to, slots: noted(slots, saves, i + 1) });
      }
    }
    return { following, matched: null };
  }

  /** The first match at or after a position: its slots. */
  next(codes: readonly number[], from: number): readonly number[] | null {
    let threads: readonly Thread[] = [];
    let best: readonly number[] | null = null;
    for (let i = this.#skip(codes, from); i <= codes.length; i++) {
      if (!best) {
        if (threads.length === 0) i = this.#skip(codes, i);
        if (i > codes.length) return null;
        threads = this.#opened(threads, codes, i);
      }
      const { following, matched } = this.#advance(threads, codes, i);
      best = matched ?? best;
      if (best && following.length === 0) return best;
      threads = following;
    }
    return best;
  }
}

function toMatch(letters: readonly string[], slots: readonly number[]): RegexMatch {
  const cut = (group: number) => {
    const [from, to] = [slots[2 * group], slots[2 * group + 1]];
    return from === undefined || to === undefined ? undefined : letters.slice(from, to).join('');
  };
  const groups = Math.ceil(slots.length / 2) - 1;
  return { whole: cut(0)!, groups: Array.from({ length: groups }, (_, index) => cut(index + 1)) };
}

/**
 * A regular expression that takes time proportional to text times pattern, whatever the pattern: all ways through it
 * are followed at once (Thompson 1968, Pike). Throws SyntaxError or RangeError for a pattern that it cannot take.
 */
export function linearRegex(pattern: string, ignoreCase: boolean): LinearRegex {
  const search = new Search(regexProgram(parseRegex(pattern)), ignoreCase);
  const codesOf = (letters: readonly string[]) => letters.map((letter) => letter.codePointAt(0)!);
  return {
    occurs: (text) => search.next(codesOf(Array.from(text)), 0) !== null,
    matches(text) {
      const letters = Array.from(text);
      const codes = codesOf(letters);
      const found: RegexMatch[] = [];
      for (let from = 0; from <= codes.length; ) {
        const slots = search.next(codes, from);
        if (!slots) break;
        found.push(toMatch(letters, slots));
        from = Math.max(slots[1]!, slots[0]! + 1);
      }
      return found;
    },
  };
}
