/** What a formula may look at. */
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
      throw new SyntaxError(`does not understand ${JSON.stringify(source.slice(at).trim()[0])} at character ${at + 1}`);
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

const VARIABLES: Readonly<Record<string, Expression>> = {
  length_chars: ({ response }) => Array.from(response).length,
  length_words: ({ response }) => wordsIn(response),
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

/** Division by zero gives 0: a reward has to stay finite. */
const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? 0 : a / b),
};

/**
 * Compiles a formula: numbers, + - * /, parentheses, min, max, abs, clamp(x, low, high), the variables length_chars,
 * length_words, prompt_chars, prompt_words, and count, contains, starts_with, ends_with of a "text", in the response or,
 * as count(prompt, "text"), in the prompt. Throws SyntaxError with the position. Source: docs/rewards.md.
 */
export function compileExpression(source: string): Expression {
  const tokens = tokensOf(source);
  let position = 0;
  let depth = 0;

  const fail = (why: string): never => {
    const at = tokens[position]?.at ?? source.length;
    throw new SyntaxError(`${why} at character ${at + 1}`);
  };
  const peek = (text: string) => tokens[position]?.kind === 'sign' && tokens[position]?.text === text;
  const eat = (text: string) => {
    if (!peek(text)) return false;
    position += 1;
    return true;
  };
  const need = (text: string) => eat(text) || fail(`expects "${text}"`);

  function chain(signs: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    for (let sign = signs.find(peek); sign; sign = signs.find(peek)) {
      need(sign);
      const [before, apply, right] = [left, OPERATORS[sign]!, operand()];
      left = (input) => apply(before(input), right(input));
    }
    return left;
  }
  const sum = (): Expression => {
    if (++depth > MAX_DEPTH) fail('is nested too deeply');
    const result = chain(['+', '-'], product);
    depth -= 1;
    return result;
  };
  const product = (): Expression => chain(['*', '/'], signed);

  function signed(): Expression {
    if (!eat('-')) return primary();
    if (++depth > MAX_DEPTH) fail('is nested too deeply');
    const inner = signed();
    depth -= 1;
    return (input) => -inner(input);
  }

  function textCall(name: string): Expression {
    const apply = TEXT_FUNCTIONS[name]!;
    const where = tokens[position];
    const isNamed = where?.kind === 'name' && (where.text === 'prompt' || where.text === 'response');
    const field: 'prompt' | 'response' = isNamed ? (where.text as 'prompt') : 'response';
    if (isNamed) {
      position += 1;
      need(',');
    }
    const part = tokens[position];
    if (part?.kind !== 'text') return fail(`expects a "text" in ${name}(...)`);
    position += 1;
    need(')');
    return (input) => apply(input[field], part.text);
  }

  function numberCall(name: string): Expression {
    const { takes, of } = NUMBER_FUNCTIONS[name]!;
    const items = [sum()];
    while (eat(',')) items.push(sum());
    if (items.length < takes[0] || items.length > takes[1]) fail(`has ${items.length} values in ${name}(...)`);
    need(')');
    return (input) => of(...items.map((item) => item(input)));
  }

  function named(name: string): Expression {
    if (Object.hasOwn(VARIABLES, name)) return VARIABLES[name]!;
    const isText = Object.hasOwn(TEXT_FUNCTIONS, name);
    if (!isText && !Object.hasOwn(NUMBER_FUNCTIONS, name)) {
      position -= 1;
      fail(`does not know "${name}"`);
    }
    need('(');
    return isText ? textCall(name) : numberCall(name);
  }

  function primary(): Expression {
    const token = tokens[position] ?? fail('ends too early');
    position += 1;
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind === 'name') return named(token.text);
    position -= 1;
    if (!eat('(')) fail('expects a number, a name or "("');
    const inner = sum();
    need(')');
    return inner;
  }

  const root = sum();
  if (position < tokens.length) fail(`does not expect "${tokens[position]!.text}"`);
  return root;
}
