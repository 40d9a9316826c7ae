import { syntaxFault } from '../faults.ts';
import { unescapeString } from './string-literal.ts';

/** Data is text between tags; `end` closes a tag, and operators have their spelling as their type. */
export type Token =
  | { readonly type: 'data' | 'name' | 'string' | 'operator'; readonly value: string; readonly line: number }
  | { readonly type: 'integer'; readonly value: bigint; readonly line: number }
  | { readonly type: 'float'; readonly value: number; readonly line: number }
  | { readonly type: 'block_begin' | 'block_end' | 'variable_begin' | 'variable_end'; readonly line: number }
  | { readonly type: 'eof'; readonly line: number };

/** What Python's `\s` and `str.strip` take for whitespace; JavaScript's `\s` differs in both directions. */
export const WHITESPACE = '\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const W = `[${WHITESPACE}]*`;

const TAG = new RegExp(`\\{%([-+]?)${W}raw${W}(?:-%\\}${W}|%\\})|(\\{[{%#])([-+]?)`, 'g');
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}${W}|#\\}\\n?`, 'g');
const RAW_END = new RegExp(`\\{%([-+]?)${W}endraw${W}(?:\\+%\\}|-%\\}${W}|%\\}\\n?)`, 'g');
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}${W}|%\\}\\n?`, 'y');
const VARIABLE_END = new RegExp(`-\\}\\}${W}|\\}\\}`, 'y');
const SPACES = new RegExp(`[${WHITESPACE}]+`, 'y');
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}\p{M}_]+/uy;
const IDENTIFIER = /^[\p{ID_Start}_]\p{ID_Continue}*$/u;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
const ONLY_SPACES = new RegExp(`^[${WHITESPACE}]+$`);
const TRAILING = new RegExp(`[${WHITESPACE}]`);

function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

/**
 * jinja2's lexer with `trim_blocks` and `lstrip_blocks`, as transformers configures it. Throws syntax faults.
 */
export class Lexer {
  private readonly source: string;
  private position = 0;
  private line = 1;
  private lineStarting = true;
  private readonly tokens: Token[] = [];

  constructor(source: string) {
    const lines = source.replaceAll(/\r\n?/g, '\n');
    this.source = lines.endsWith('\n') ? lines.slice(0, -1) : lines;
  }

  run(): readonly Token[] {
    while (this.position < this.source.length) this.nextTag();
    this.tokens.push({ type: 'eof', line: this.line });
    return this.tokens;
  }

  private nextTag(): void {
    TAG.lastIndex = this.position;
    const tag = TAG.exec(this.source);
    if (tag === null) {
      this.data(this.source.slice(this.position));
      this.position = this.source.length;
      return;
    }
    const [all, rawSign, kind, sign] = tag;
    const before = this.source.slice(this.position, tag.index);
    this.data(this.stripBefore(before, rawSign ?? sign ?? '', kind === '{{'), before);
    this.advance(tag.index + all.length);
    if (kind === undefined) this.raw();
    else if (kind === '{#') this.comment();
    else this.tag(kind === '{%' ? 'block' : 'variable');
  }

  /** The text before a tag: `-` strips all whitespace, and a block on a line of its own loses its indentation. */
  private stripBefore(text: string, sign: string, isVariable: boolean): string {
    if (sign === '-') return stripEnd(text);
    if (sign === '+' || isVariable) return text;
    const lineStart = text.lastIndexOf('\n') + 1;
    if (lineStart === 0 && !this.lineStarting) return text;
    return ONLY_SPACES.test(text.slice(lineStart)) ? text.slice(0, lineStart) : text;
  }

  private data(text: string, read = text): void {
    if (text !== '') this.tokens.push({ type: 'data', value: text, line: this.line });
    this.line += read.split('\n').length - 1;
  }

  private advance(to: number): void {
    this.lineStarting = this.source[to - 1] === '\n';
    this.position = to;
  }

  private comment(): void {
    COMMENT_END.lastIndex = this.position;
    const end = COMMENT_END.exec(this.source);
    if (end === null) syntaxFault('Missing end of comment tag', this.line);
    else this.skipTo(end.index + end[0].length);
  }

  private raw(): void {
    RAW_END.lastIndex = this.position;
    const end = RAW_END.exec(this.source);
    const text = this.source.slice(this.position, end?.index);
    if (end === null) syntaxFault('Missing end of raw directive', this.line);
    else {
      this.data(this.stripBefore(text, end[1] ?? '', false), text);
      this.position = end.index;
      this.skipTo(end.index + end[0].length);
    }
  }

  private skipTo(to: number): void {
    this.line += this.source.slice(this.position, to).split('\n').length - 1;
    this.advance(to);
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.position;
    return pattern.exec(this.source)?.[0] ?? null;
  }

  /** From the start of a tag to its end. An end inside brackets belongs to the expression. */
  private tag(kind: 'block' | 'variable'): void {
    this.tokens.push({ type: `${kind}_begin`, line: this.line });
    const open: string[] = [];
    while (this.position < this.source.length) {
      const end = open.length === 0 ? this.match(kind === 'block' ? BLOCK_END : VARIABLE_END) : null;
      if (end !== null) {
        this.tokens.push({ type: `${kind}_end`, line: this.line });
        this.skipTo(this.position + end.length);
        return;
      }
      this.inTag(open);
    }
  }

  private inTag(open: string[]): void {
    const { line } = this;
    const spaces = this.match(SPACES);
    const text = spaces ?? this.word(line) ?? this.operator(open, line);
    if (text === null) syntaxFault(`unexpected character ${JSON.stringify(this.source[this.position])}`, line);
    this.skipTo(this.position + (text ?? '').length);
  }

  private word(line: number): string | null {
    const float = this.match(FLOAT);
    if (float !== null) this.tokens.push({ type: 'float', value: Number(float.replaceAll('_', '')), line });
    const integer = float ?? this.match(INTEGER);
    if (float === null && integer !== null)
      this.tokens.push({ type: 'integer', value: BigInt(integer.replaceAll('_', '')), line });
    if (integer !== null) return integer;
    const name = this.match(NAME);
    if (name !== null) {
      if (!IDENTIFIER.test(name)) syntaxFault('Invalid character in identifier', line);
      this.tokens.push({ type: 'name', value: name, line });
      return name;
    }
    const string = this.match(STRING);
    if (string !== null) this.tokens.push({ type: 'string', value: unescapeString(string.slice(1, -1), line), line });
    return string;
  }

  private operator(open: string[], line: number): string | null {
    const operator = this.match(OPERATOR);
    if (operator === null) return null;
    const closing = CLOSING[operator];
    if (closing !== undefined) open.push(closing);
    else if (operator === '}' || operator === ')' || operator === ']') {
      const expected = open.pop();
      if (expected !== operator) syntaxFault(`unexpected '${operator}'`, line);
    }
    this.tokens.push({ type: 'operator', value: operator, line });
    return operator;
  }
}
