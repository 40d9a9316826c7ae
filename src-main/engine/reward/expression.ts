/** The texts that a formula may use. */
export interface ExpressionInput {
  readonly prompt: string;
  readonly response: string;
}

export type Expression = (input: ExpressionInput) => number;

type Token = { readonly kind: 'number' | 'name' | 'text' | 'sign'; readonly text: string; readonly at: number };

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z_][a-z0-9_]*)|("(?:[^"\\]|\\.)*")|([-+*/(),]))/iy;
const MAX_DEPTH = 100;

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const scanner = new RegExp(TOKEN);
  const end = source.trimEnd().length;
  while (scanner.lastIndex < end) {
    const at = scanner.lastIndex;
    const found = scanner.exec(source);
    if (!found)
      throw new SyntaxError(
        `contains the unexpected character ${JSON.stringify(source.slice(at).trim()[0])} at character ${at + 1}`,
      );
    const [, number, name, text, sign] = found;
    const kind = number ? 'number' : name ? 'name' : text ? 'text' : 'sign';
    tokens.push({ kind, text: number ?? name ?? (text ? JSON.parse(text) : sign!), at });
  }
  return tokens;
}

const wordsIn = (text: string) => text.split(/\s+/u).filter(Boolean).length;

function occurrences(text: string, part: string): number {
  return part === '' ? 0 : text.split(part).length - 1;
}

/** Number of sentences of a text that occurred in it before. */
function repeatedSentences(text: string): number {
  const sentences = text.split(/[.!?]+(?:\s|$)/u).map((part) => part.trim().toLowerCase());
  const said = sentences.filter(Boolean);
  return said.length - new Set(said).size;
}

const VARIABLES: Readonly<Record<string, Expression>> = {
  length_chars: ({ response }) => Array.from(response).length,
  length_words: ({ response }) => wordsIn(response),
  repeated_sentences: ({ response }) => repeatedSentences(response),
  prompt_chars: ({ prompt }) => Array.from(prompt).length,
  prompt_words: ({ prompt }) => wordsIn(prompt),
};

const TEXT_FUNCTIONS: Readonly<Record<string, (text: string, part: string) => number>> = {
  count: occurrences,
  contains: (text, part) => (text.includes(part) ? 1 : 0),
  starts_with: (text, part) => (text.startsWith(part) ? 1 : 0),
  ends_with: (text, part) => (text.endsWith(part) ? 1 : 0),
};

const NUMBER_FUNCTIONS: Readonly<
  Record<string, { readonly takes: readonly [number, number]; readonly of: (...x: number[]) => number }>
> = {
  min: { takes: [1, 20], of: Math.min },
  max: { takes: [1, 20], of: Math.max },
  abs: { takes: [1, 1], of: (x) => Math.abs(x!) },
  clamp: { takes: [3, 3], of: (x, low, high) => Math.min(Math.max(x!, low!), high!) },
};

/** Division by zero gives 0: a reward must stay finite. */
const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? 0 : a / b),
};

/** Parses a formula from left to right into a function. */
class FormulaReader {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #position = 0;
  #depth = 0;

  constructor(source: string) {
    this.#tokens = tokensOf(source);
    this.#end = source.length;
  }

  get #next(): Token | undefined {
    return this.#tokens[this.#position];
  }

  #fail(why: string, at = this.#next?.at ?? this.#end): never {
    throw new SyntaxError(`${why} at character ${at + 1}`);
  }

  #isNext(sign: string): boolean {
    return this.#next?.kind === 'sign' && this.#next.text === sign;
  }

  #eat(sign: string): boolean {
    if (!this.#isNext(sign)) return false;
    this.#position += 1;
    return true;
  }

  #need(sign: string): void {
    if (!this.#eat(sign)) this.#fail(`expects "${sign}"`);
  }

  #nested(read: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail('is nested too deeply');
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #chain(signs: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    for (let sign = signs.find((one) => this.#eat(one)); sign; sign = signs.find((one) => this.#eat(one))) {
      const [before, apply, right] = [left, OPERATORS[sign]!, operand()];
      left = (input) => apply(before(input), right(input));
    }
    return left;
  }

  #sum(): Expression {
    return this.#nested(() => this.#chain(['+', '-'], () => this.#product()));
  }

  #product(): Expression {
    return this.#chain(['*', '/'], () => this.#signed());
  }

  #signed(): Expression {
    if (!this.#eat('-')) return this.#primary();
    const inner = this.#nested(() => this.#signed());
    return (input) => -inner(input);
  }

  /** `prompt,` or `response,` before a text; the default is the response. */
  #place(): keyof ExpressionInput {
    const place = this.#next;
    if (place?.kind !== 'name' || (place.text !== 'prompt' && place.text !== 'response')) return 'response';
    this.#position += 1;
    this.#need(',');
    return place.text;
  }

  #textCall(name: string): Expression {
    const apply = TEXT_FUNCTIONS[name]!;
    const place = this.#place();
    const part = this.#next;
    if (part?.kind !== 'text') return this.#fail(`expects a "text" in ${name}(...)`);
    this.#position += 1;
    this.#need(')');
    return (input) => apply(input[place], part.text);
  }

  #numberCall(name: string): Expression {
    const { takes, of } = NUMBER_FUNCTIONS[name]!;
    const items = [this.#sum()];
    while (this.#eat(',')) items.push(this.#sum());
    if (items.length < takes[0] || items.length > takes[1]) this.#fail(`has ${items.length} arguments in ${name}(...)`);
    this.#need(')');
    return (input) => of(...items.map((item) => item(input)));
  }

  #named({ text: name, at }: Token): Expression {
    if (Object.hasOwn(VARIABLES, name)) return VARIABLES[name]!;
    const isText = Object.hasOwn(TEXT_FUNCTIONS, name);
    if (!isText && !Object.hasOwn(NUMBER_FUNCTIONS, name)) this.#fail(`contains the unknown name "${name}"`, at);
    this.#need('(');
    return isText ? this.#textCall(name) : this.#numberCall(name);
  }

  #primary(): Expression {
    const token = this.#next ?? this.#fail('ends too early');
    if (token.kind === 'sign' && token.text !== '(') this.#fail('expects a number, a name or "("');
    if (token.kind === 'text') this.#fail('expects a number, not a text');
    this.#position += 1;
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind === 'name') return this.#named(token);
    const inner = this.#sum();
    this.#need(')');
    return inner;
  }

  read(): Expression {
    const root = this.#sum();
    if (this.#next) this.#fail(`contains the unexpected "${this.#next.text}"`);
    return root;
  }
}

/**
 * Compiles a formula: numbers, + - * /, parentheses, min, max, abs, clamp(x, low, high), the variables length_chars,
 * length_words, prompt_chars, prompt_words, and count, contains, starts_with, ends_with of a "text", in the response or,
 * as count(prompt, "text"), in the prompt. Throws SyntaxError with the position. Source: docs/rewards.md.
 */
export function compileExpression(source: string): Expression {
  return new FormulaReader(source).read();
}
