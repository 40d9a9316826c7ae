import { UnsupportedByKeel } from '../faults.ts';
import { Lexer } from './lexer.ts';
import { specialNamesRead } from './macro-names.ts';
import type { Applied, Body, Branch, Expression, MacroNode, Parameter, Statement, Target } from './nodes.ts';
import { ExpressionParser, NO_ARGS } from './parse-expression.ts';
import { TokenStream } from './token-stream.ts';

/** Tags of jinja2 that need other templates, or that no chat template has a use for. */
const UNSUPPORTED_TAGS = new Set(['block', 'extends', 'include', 'import', 'from', 'autoescape']);
const CONSTANT_NAMES = new Set(['true', 'false', 'none', 'True', 'False', 'None']);

/** Parses a template as jinja2 does with transformers' options. Throws syntax faults, and refuses unsupported tags. */
export function parseTemplate(source: string): Body {
  return new TemplateParser(new TokenStream(new Lexer(source).run())).template();
}

class TemplateParser extends ExpressionParser {
  /** How many loops around the current tag `break` can end. */
  private loops = 0;

  template(): Body {
    const body = this.body([]);
    return this.stream.current.type === 'eof' ? body : this.stream.fail('unknown tag');
  }

  /** Statements up to a tag with one of the names, which becomes the current token. */
  private body(ends: readonly string[]): Body {
    const statements: Statement[] = [];
    while (true) {
      const token = this.stream.current;
      if (token.type === 'data') statements.push({ kind: 'text', text: token.value });
      this.stream.next();
      if (token.type === 'variable_begin') {
        statements.push({ kind: 'print', value: this.tuple() });
        this.stream.expect('variable_end');
      } else if (token.type === 'block_begin') {
        if (this.stream.isName(...ends)) return statements;
        statements.push(...this.statement());
        this.stream.expect('block_end');
      } else if (token.type === 'eof') {
        return ends.length === 0 ? statements : this.stream.fail(`expected the tag ${ends.join(' or ')}`);
      }
    }
  }

  /** The rest of a tag, its body, and the name of the tag that ends it. */
  private bodyUntil(...ends: readonly string[]): Body {
    this.stream.skipOperator(':');
    this.stream.expect('block_end');
    return this.body(ends);
  }

  private bodyAndEnd(end: string): Body {
    const body = this.bodyUntil(end);
    this.stream.next();
    return body;
  }

  private statement(): readonly Statement[] {
    const name = this.stream.expectName();
    if (UNSUPPORTED_TAGS.has(name)) throw new UnsupportedByKeel(`the tag '${name}' (line ${this.stream.line})`);
    if (name === 'print') return this.print();
    const statement = this.statementOf(name);
    return [statement ?? this.stream.fail(`unknown tag '${name}'`)];
  }

  private statementOf(name: string): Statement | null {
    switch (name) {
      case 'set':
        return this.set();
      case 'if':
        return this.if();
      case 'for':
        return this.for();
      case 'macro':
        return { kind: 'macro', macro: this.macro(this.nameOnly(), 'endmacro') };
      case 'call':
        return this.callBlock();
      case 'filter':
        return { kind: 'filter-block', filters: this.filters(true), body: this.bodyAndEnd('endfilter') };
      case 'with':
        return this.with();
      case 'generation':
        return { kind: 'generation', macro: this.macroOf(null, [], 'endgeneration') };
      case 'break':
      case 'continue':
        return this.loops > 0 ? { kind: name } : this.stream.fail(`'${name}' outside loop`);
      default:
        return null;
    }
  }

  private print(): Statement[] {
    const statements: Statement[] = [];
    while (this.stream.current.type !== 'block_end') {
      if (statements.length > 0) this.stream.expectOperator(',');
      statements.push({ kind: 'print', value: this.expression() });
    }
    return statements;
  }

  private set(): Statement {
    const target = this.target([], true);
    if (this.stream.skipOperator('=')) return { kind: 'set', target, value: this.tuple() };
    return { kind: 'set-block', target, filters: this.filters(false), body: this.bodyAndEnd('endset') };
  }

  private if(): Statement {
    const branches: Branch[] = [];
    do {
      const test = this.tuple({ conditions: false });
      branches.push({ test, body: this.bodyUntil('elif', 'else', 'endif') });
    } while (this.stream.skipName('elif'));
    const otherwise = this.stream.skipName('else') ? this.bodyUntil('endif') : [];
    this.stream.next();
    return { kind: 'if', branches, otherwise };
  }

  private for(): Statement {
    const target = this.target(['in'], false);
    if (!this.stream.skipName('in')) this.stream.fail("expected 'in'");
    const items = this.tuple({ conditions: false, ends: ['recursive'] });
    const test = this.stream.skipName('if') ? this.expression() : null;
    const recursive = this.stream.skipName('recursive');
    this.loops += 1;
    const body = this.bodyUntil('endfor', 'else');
    this.loops -= 1;
    const otherwise = this.stream.skipName('else') ? this.bodyUntil('endfor') : [];
    this.stream.next();
    return { kind: 'for', target, items, test, recursive, body, otherwise };
  }

  /** A macro's body is a function of its own: a loop around it cannot be ended from within. */
  private outsideLoops(read: () => Body): Body {
    const { loops } = this;
    this.loops = 0;
    const body = read();
    this.loops = loops;
    return body;
  }

  private macro(name: string | null, end: string): MacroNode {
    const parameters = this.parameters();
    return this.macroOf(name, parameters, end);
  }

  private macroOf(name: string | null, parameters: readonly Parameter[], end: string): MacroNode {
    const body = this.outsideLoops(() => this.bodyAndEnd(end));
    return { name, parameters, body, reads: specialNamesRead(body) };
  }

  private parameters(): Parameter[] {
    const parameters: Parameter[] = [];
    this.stream.expectOperator('(');
    while (!this.stream.isOperator(')')) {
      if (parameters.length > 0) this.stream.expectOperator(',');
      const name = this.nameOnly();
      const fallback = this.stream.skipOperator('=') ? this.expression() : null;
      if (fallback === null && parameters.at(-1)?.fallback) this.stream.fail('non-default argument follows default');
      if (parameters.some((parameter) => parameter.name === name)) this.stream.fail(`duplicate argument '${name}'`);
      parameters.push({ name, fallback });
    }
    this.stream.expectOperator(')');
    return parameters;
  }

  private callBlock(): Statement {
    const parameters = this.stream.isOperator('(') ? this.parameters() : [];
    const call = this.expression();
    if (call.kind !== 'call') return this.stream.fail('expected a call');
    return { kind: 'call-block', call, macro: this.macroOf(null, parameters, 'endcall') };
  }

  private with(): Statement {
    const targets: Target[] = [];
    const values: Expression[] = [];
    while (this.stream.current.type !== 'block_end') {
      if (targets.length > 0) this.stream.expectOperator(',');
      targets.push(this.target([], false));
      this.stream.expectOperator('=');
      values.push(this.expression());
    }
    return { kind: 'with', targets, values, body: this.bodyAndEnd('endwith') };
  }

  /** `upper | trim` of a filter block, or `| upper | trim` of a set block. */
  private filters(startsInline: boolean): Applied[] {
    const filters: Applied[] = [];
    let inline = startsInline;
    while (inline || this.stream.skipOperator('|')) {
      inline = false;
      const { line } = this.stream;
      const name = this.dottedName();
      filters.push({ name, args: this.stream.isOperator('(') ? this.callArgs() : NO_ARGS, line });
    }
    return filters;
  }

  private nameOnly(): string {
    const name = this.stream.expectName();
    return CONSTANT_NAMES.has(name) ? this.stream.fail(`cannot assign to '${name}'`) : name;
  }

  /** One or several names to assign to, or with `set` an attribute of a namespace. */
  private target(ends: readonly string[], namespaces: boolean): Target {
    const items: Target[] = [];
    let isTuple = false;
    while (true) {
      if (items.length > 0) this.stream.expectOperator(',');
      if (this.targetEnds(ends)) break;
      items.push(this.oneTarget(namespaces));
      if (!this.stream.isOperator(',')) break;
      isTuple = true;
    }
    const [only] = items;
    if (!only) return this.stream.fail('expected a name');
    return isTuple ? { kind: 'tuple', items } : only;
  }

  private targetEnds(ends: readonly string[]): boolean {
    return this.tupleEnds(ends) || this.stream.isOperator('=');
  }

  private oneTarget(namespaces: boolean): Target {
    if (this.stream.skipOperator('(')) {
      const inside = this.target([], false);
      this.stream.expectOperator(')');
      return inside;
    }
    const name = this.nameOnly();
    if (!namespaces || !this.stream.skipOperator('.')) return { kind: 'name', name };
    return { kind: 'namespace', name, attribute: this.stream.expectName() };
  }
}
