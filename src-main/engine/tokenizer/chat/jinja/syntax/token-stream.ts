import { syntaxFault } from '../faults.ts';
import type { Token } from './lexer.ts';

const END: Token = { type: 'eof', line: 0 };

/** Reads tokens one after another. */
export class TokenStream {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get current(): Token {
    return this.tokens[this.position] ?? this.tokens.at(-1) ?? END;
  }

  get following(): Token {
    return this.tokens[this.position + 1] ?? END;
  }

  get line(): number {
    return this.current.line;
  }

  next(): Token {
    const token = this.current;
    this.position += 1;
    return token;
  }

  isOperator(...operators: readonly string[]): boolean {
    return this.current.type === 'operator' && operators.includes(this.current.value);
  }

  isName(...names: readonly string[]): boolean {
    return this.current.type === 'name' && names.includes(this.current.value);
  }

  skipOperator(operator: string): boolean {
    const found = this.isOperator(operator);
    if (found) this.position += 1;
    return found;
  }

  skipName(name: string): boolean {
    const found = this.isName(name);
    if (found) this.position += 1;
    return found;
  }

  expectOperator(operator: string): void {
    if (!this.skipOperator(operator)) this.fail(`expected '${operator}'`);
  }

  expectName(): string {
    const { current } = this;
    if (current.type !== 'name') return this.fail('expected a name');
    this.position += 1;
    return current.value;
  }

  expect(type: 'block_end' | 'variable_end'): void {
    if (this.current.type !== type) this.fail(`expected the end of the tag`);
    this.position += 1;
  }

  fail(message: string): never {
    return syntaxFault(`${message}, found ${describe(this.current)}`, this.line);
  }
}

function describe(token: Token): string {
  return 'value' in token ? `'${token.value}'` : token.type.replace('_', ' ');
}
