/** A set of code points, as closed ranges. */
export interface CodePointSet {
  readonly ranges: readonly (readonly [low: number, high: number])[];
  readonly isNegated: boolean;
}

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly RegexNode[] }
  /** A capturing group; `index` counts from 1. */
  | { readonly kind: 'capture'; readonly part: RegexNode; readonly index: number }
  | {
      readonly kind: 'repeat';
      readonly part: RegexNode;
      readonly least: number;
      readonly most: number;
      readonly isLazy: boolean;
    };

export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

export type Instruction =
  | { readonly op: 'set'; readonly set: CodePointSet }
  | { readonly op: 'assert'; readonly what: Assertion }
  /** Go on at both, `first` preferred. */
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  /** Note the position in a slot: 2i where group i begins, 2i + 1 where it ends. */
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'match' };

const MAX_INSTRUCTIONS = 20_000;
/** Repetitions of nothing write no instruction, yet must come to an end. */
const MAX_VISITS = 200_000;

interface Fork {
  readonly op: 'split';
  first: number;
  second: number;
}

function tooLarge(): RangeError {
  return new RangeError('is too large when its repetitions are written out');
}

/** Writes a tree out as instructions. */
class ProgramWriter {
  readonly program: (Instruction | Fork)[] = [];
  #visits = 0;

  #put<T extends Instruction | Fork>(instruction: T): T {
    if (this.program.length >= MAX_INSTRUCTIONS) throw tooLarge();
    this.program.push(instruction);
    return instruction;
  }

  /** A fork into what follows; the other way is told by `leave`. */
  #fork(): Fork {
    const next = this.program.length + 1;
    return this.#put({ op: 'split', first: next, second: next });
  }

  /** The fork's other way leads to here; a lazy one prefers it. */
  #leave(fork: Fork, isLazy: boolean): void {
    if (isLazy) fork.first = this.program.length;
    else fork.second = this.program.length;
  }

  #repeat(part: RegexNode, most: number, isLazy: boolean): void {
    if (Number.isFinite(most)) {
      const forks = Array.from({ length: most }, () => {
        const fork = this.#fork();
        this.write(part);
        return fork;
      });
      for (const fork of forks) this.#leave(fork, isLazy);
      return;
    }
    const start = this.program.length;
    const fork = this.#fork();
    this.write(part);
    this.#put({ op: 'split', first: start, second: start });
    this.#leave(fork, isLazy);
  }

  #choose(parts: readonly RegexNode[]): void {
    const exits = parts.map((part, index) => {
      const isLast = index === parts.length - 1;
      const fork = isLast ? null : this.#fork();
      this.write(part);
      const exit = isLast ? null : this.#fork();
      if (fork) fork.second = this.program.length;
      return exit;
    });
    for (const exit of exits) if (exit) exit.first = exit.second = this.program.length;
  }

  #capture(part: RegexNode, index: number): void {
    this.#put({ op: 'save', slot: 2 * index });
    this.write(part);
    this.#put({ op: 'save', slot: 2 * index + 1 });
  }

  write(node: RegexNode): void {
    this.#visits += 1;
    if (this.#visits > MAX_VISITS) throw tooLarge();
    if (node.kind === 'set') this.#put({ op: 'set', set: node.set });
    else if (node.kind === 'assert') this.#put({ op: 'assert', what: node.what });
    else if (node.kind === 'sequence') for (const part of node.parts) this.write(part);
    else if (node.kind === 'choice') this.#choose(node.parts);
    else if (node.kind === 'capture') this.#capture(node.part, node.index);
    else {
      for (let i = 0; i < node.least; i++) this.write(node.part);
      this.#repeat(node.part, node.most - node.least, node.isLazy);
    }
  }

  end(): readonly Instruction[] {
    this.#put({ op: 'match' });
    return this.program;
  }
}

/** Lays the tree out as instructions, counted repetitions written out. Throws RangeError when it gets too long. */
export function regexProgram(root: RegexNode): readonly Instruction[] {
  const writer = new ProgramWriter();
  writer.write({ kind: 'capture', part: root, index: 0 });
  return writer.end();
}
