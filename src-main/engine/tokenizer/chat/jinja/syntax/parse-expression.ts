import type { BinaryOperator, CallArgs, Comparison, Expression } from './nodes.ts';
import type { TokenStream } from './token-stream.ts';

/**
 * jinja2's grammar of expressions, a method for each level of precedence from the weakest to the strongest.
 * All methods throw syntax faults.
 */
export class ExpressionParser {
  protected readonly stream: TokenStream;

  constructor(stream: TokenStream) {
    this.stream = stream;
  }

  /** One expression, or a tuple without parentheses. */
  tuple(options: { conditions?: boolean; ends?: readonly string[]; allowEmpty?: boolean } = {}): Expression {
    const { conditions = true, ends = [], allowEmpty = false } = options;
    const items: Expression[] = [];
    let isTuple = false;
    while (true) {
      if (items.length > 0) this.stream.expectOperator(',');
      if (this.tupleEnds(ends)) break;
      items.push(conditions ? this.expression() : this.or());
      if (!this.stream.isOperator(',')) break;
      isTuple = true;
    }
    const [only] = items;
    if (!isTuple && only) return only;
    if (!isTuple && !allowEmpty) this.stream.fail('expected an expression');
    return { kind: 'tuple', items };
  }

  protected tupleEnds(ends: readonly string[]): boolean {
    const { type } = this.stream.current;
    return (
      type === 'variable_end' || type === 'block_end' || this.stream.isOperator(')') || this.stream.isName(...ends)
    );
  }

  expression(): Expression {
    let value = this.or();
    while (this.stream.skipName('if')) {
      const test = this.or();
      const otherwise = this.stream.skipName('else') ? this.expression() : null;
      value = { kind: 'condition', test, value, otherwise };
    }
    return value;
  }

  private or(): Expression {
    let left = this.and();
    while (this.stream.skipName('or')) left = { kind: 'or', left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.stream.skipName('and')) left = { kind: 'and', left, right: this.not() };
    return left;
  }

  private not(): Expression {
    return this.stream.skipName('not') ? { kind: 'not', operand: this.not() } : this.compare();
  }

  /** `a < b < c` is one node, because Python reads it as `a < b and b < c`. */
  private compare(): Expression {
    const first = this.sum();
    const rest: { operator: Comparison; operand: Expression }[] = [];
    for (let operator = this.comparison(); operator !== null; operator = this.comparison())
      rest.push({ operator, operand: this.sum() });
    return rest.length === 0 ? first : { kind: 'compare', first, rest };
  }

  private comparison(): Comparison | null {
    const { current, following } = this.stream;
    if (this.stream.isOperator('==', '!=', '<', '<=', '>', '>=')) {
      this.stream.next();
      return (current as { value: Comparison }).value;
    }
    if (this.stream.skipName('in')) return 'in';
    if (!this.stream.isName('not') || following.type !== 'name' || following.value !== 'in') return null;
    this.stream.next();
    this.stream.next();
    return 'not in';
  }

  private binary(operators: readonly BinaryOperator[], operand: () => Expression): Expression {
    let left = operand();
    while (this.stream.isOperator(...operators)) {
      const operator = (this.stream.next() as { value: BinaryOperator }).value;
      left = { kind: 'binary', operator, left, right: operand() };
    }
    return left;
  }

  private sum(): Expression {
    return this.binary(['+', '-'], () => this.concat());
  }

  /** `~` binds more strongly than `+`, unlike in most descriptions of it. */
  private concat(): Expression {
    const first = this.product();
    if (!this.stream.isOperator('~')) return first;
    const items = [first];
    while (this.stream.skipOperator('~')) items.push(this.product());
    return { kind: 'concat', items };
  }

  private product(): Expression {
    return this.binary(['*', '/', '//', '%'], () => this.power());
  }

  /** To the left, unlike Python's own `**`. */
  private power(): Expression {
    return this.binary(['**'], () => this.unary(true));
  }

  private unary(withFilters: boolean): Expression {
    const kind = this.stream.isOperator('-') ? 'minus' : this.stream.isOperator('+') ? 'plus' : null;
    if (kind !== null) this.stream.next();
    const signed: Expression = kind === null ? this.primary() : { kind, operand: this.unary(false) };
    const value = this.postfix(signed);
    return withFilters ? this.filtersAndTests(value) : value;
  }

  protected primary(): Expression {
    const token = this.stream.current;
    if (token.type === 'name') return this.nameOrConstant();
    if (token.type === 'string') return { kind: 'constant', value: this.strings() };
    if (token.type === 'integer' || token.type === 'float') {
      this.stream.next();
      return { kind: 'constant', value: token.value };
    }
    if (this.stream.skipOperator('(')) {
      const inside = this.tuple({ allowEmpty: true });
      this.stream.expectOperator(')');
      return inside;
    }
    if (this.stream.skipOperator('[')) return { kind: 'list', items: this.listItems() };
    return this.stream.skipOperator('{') ? this.dict() : this.stream.fail('expected an expression');
  }

  private nameOrConstant(): Expression {
    const name = this.stream.expectName();
    if (name === 'true' || name === 'True') return { kind: 'constant', value: true };
    if (name === 'false' || name === 'False') return { kind: 'constant', value: false };
    return name === 'none' || name === 'None' ? { kind: 'constant', value: null } : { kind: 'name', name };
  }

  /** String literals side by side are one. */
  private strings(): string {
    let text = '';
    for (let token = this.stream.current; token.type === 'string'; token = this.stream.current) {
      text += token.value;
      this.stream.next();
    }
    return text;
  }

  private listItems(): Expression[] {
    const items: Expression[] = [];
    while (!this.stream.isOperator(']')) {
      if (items.length > 0) this.stream.expectOperator(',');
      if (this.stream.isOperator(']')) break;
      items.push(this.expression());
    }
    this.stream.expectOperator(']');
    return items;
  }

  private dict(): Expression {
    const items: (readonly [Expression, Expression])[] = [];
    while (!this.stream.isOperator('}')) {
      if (items.length > 0) this.stream.expectOperator(',');
      if (this.stream.isOperator('}')) break;
      const key = this.expression();
      this.stream.expectOperator(':');
      items.push([key, this.expression()]);
    }
    this.stream.expectOperator('}');
    return { kind: 'dict', items };
  }

  private postfix(start: Expression): Expression {
    let value = start;
    while (true) {
      if (this.stream.skipOperator('.')) value = this.attribute(value);
      else if (this.stream.skipOperator('[')) value = this.subscript(value);
      else if (this.stream.isOperator('(')) value = { kind: 'call', callee: value, args: this.callArgs() };
      else return value;
    }
  }

  private attribute(object: Expression): Expression {
    const token = this.stream.next();
    if (token.type === 'name') return { kind: 'attribute', object, name: token.value };
    if (token.type !== 'integer') return this.stream.fail('expected a name or a number after the dot');
    return { kind: 'item', object, index: { kind: 'constant', value: token.value } };
  }

  private subscript(object: Expression): Expression {
    const bounds: (Expression | null)[] = [this.bound()];
    while (this.stream.skipOperator(':')) bounds.push(this.bound());
    const [index] = bounds;
    if (this.stream.isOperator(',')) return this.tupleSubscript(object, bounds);
    this.stream.expectOperator(']');
    if (bounds.length > 3 || (bounds.length === 1 && !index)) this.stream.fail('invalid subscript');
    return bounds.length === 1 && index
      ? { kind: 'item', object, index }
      : { kind: 'slice', object, bounds: [...bounds, null, null].slice(0, 3) };
  }

  /** `d[1, 2]` reads the entry of a tuple. */
  private tupleSubscript(object: Expression, bounds: readonly (Expression | null)[]): Expression {
    const [first] = bounds;
    if (bounds.length > 1 || !first) return this.stream.fail('slices cannot stand beside other subscripts');
    const items = [first];
    while (this.stream.skipOperator(',')) items.push(this.expression());
    this.stream.expectOperator(']');
    return { kind: 'item', object, index: { kind: 'tuple', items } };
  }

  private bound(): Expression | null {
    return this.stream.isOperator(':', ']', ',') ? null : this.expression();
  }

  protected callArgs(): CallArgs {
    const args = new ArgsBuilder(this.stream);
    this.stream.expectOperator('(');
    while (!this.stream.isOperator(')')) {
      if (args.isStarted) this.stream.expectOperator(',');
      if (this.stream.isOperator(')')) break;
      args.read(() => this.expression());
    }
    this.stream.expectOperator(')');
    return args.result();
  }

  private filtersAndTests(start: Expression): Expression {
    let value = start;
    while (true) {
      if (this.stream.skipOperator('|')) value = this.filter(value);
      else if (this.stream.skipName('is')) value = this.test(value);
      else if (this.stream.isOperator('(')) value = { kind: 'call', callee: value, args: this.callArgs() };
      else return value;
    }
  }

  protected dottedName(): string {
    let name = this.stream.expectName();
    while (this.stream.skipOperator('.')) name += `.${this.stream.expectName()}`;
    return name;
  }

  private filter(operand: Expression): Expression {
    const { line } = this.stream;
    const name = this.dottedName();
    return { kind: 'filter', operand, name, args: this.stream.isOperator('(') ? this.callArgs() : NO_ARGS, line };
  }

  private test(operand: Expression): Expression {
    const { line } = this.stream;
    const negated = this.stream.skipName('not');
    const test: Expression = { kind: 'test', operand, name: this.dottedName(), args: this.testArgs(), line };
    return negated ? { kind: 'not', operand: test } : test;
  }

  /** `x is divisibleby 3` needs no parentheses. */
  private testArgs(): CallArgs {
    if (this.stream.isOperator('(')) return this.callArgs();
    const { type } = this.stream.current;
    const starts = type === 'name' || type === 'string' || type === 'integer' || type === 'float';
    if (!starts && !this.stream.isOperator('[', '{')) return NO_ARGS;
    if (this.stream.isName('else', 'or', 'and')) return NO_ARGS;
    if (this.stream.isName('is')) this.stream.fail('you cannot chain multiple tests with is');
    return { ...NO_ARGS, positional: [this.postfix(this.primary())] };
  }
}

export const NO_ARGS: CallArgs = { positional: [], named: [], spread: null, keywords: null };

/** Reads one argument after another in the order that Python allows. */
class ArgsBuilder {
  private readonly stream: TokenStream;
  private readonly positional: Expression[] = [];
  private readonly named: { key: string; value: Expression }[] = [];
  private spread: Expression | null = null;
  private keywords: Expression | null = null;
  isStarted = false;

  constructor(stream: TokenStream) {
    this.stream = stream;
  }

  read(expression: () => Expression): void {
    this.isStarted = true;
    const { current, following } = this.stream;
    if (this.stream.isOperator('*', '**')) {
      this.readSpread(expression);
      return;
    }
    this.ensure(this.keywords === null);
    if (current.type === 'name' && following.type === 'operator' && following.value === '=') {
      this.stream.next();
      this.stream.next();
      this.ensure(!this.named.some(({ key }) => key === current.value));
      this.named.push({ key: current.value, value: expression() });
      return;
    }
    this.ensure(this.spread === null && this.named.length === 0);
    this.positional.push(expression());
  }

  private readSpread(expression: () => Expression): void {
    const isList = this.stream.isOperator('*');
    this.ensure(this.keywords === null && !(isList && this.spread !== null));
    this.stream.next();
    if (isList) this.spread = expression();
    else this.keywords = expression();
  }

  private ensure(valid: boolean): void {
    if (!valid) this.stream.fail('invalid syntax for function call expression');
  }

  result(): CallArgs {
    return { positional: this.positional, named: this.named, spread: this.spread, keywords: this.keywords };
  }
}
