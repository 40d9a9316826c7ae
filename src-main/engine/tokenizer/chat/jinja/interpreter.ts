import type { Budget } from './budget.ts';
import { applyFilter, argsOf, callValue, evaluate } from './evaluate.ts';
import { TemplateFault } from './faults.ts';
import type { Frames } from './frames.ts';
import { checkNamespaceName, unknownName } from './globals.ts';
import { LoopState } from './loop-state.ts';
import { makeMacro } from './macro.ts';
import { truth } from './operators.ts';
import { Scope } from './scope.ts';
import type { Applied, Body, Expression, ForNode, MacroNode, Statement, Target } from './syntax/nodes.ts';
import { iteratorOf, unpack } from './values/iterate.ts';
import { print } from './values/print-value.ts';
import { Iter, Namespace, type Value } from './values/values.ts';

/** Each round of a loop creates a scope and its names. */
const STEPS_PER_ROUND = 4;

/** How a body ended, other than at its end. */
type Signal = 'break' | 'continue' | null;

type Node<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** Texts around what `{% generation %}` encloses, so that the caller finds it again. */
export interface GenerationMarks {
  readonly start: string;
  readonly end: string;
}

/** Text that is written piece by piece, within the limits. */
class Output {
  private readonly pieces: string[] = [];
  private length = 0;
  private readonly budget: Budget;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  write(text: string): void {
    this.length += text.length;
    this.budget.fits(this.length);
    this.pieces.push(text);
  }

  text(): string {
    return this.budget.text(this.pieces.join(''));
  }
}

/** Runs a parsed template. Throws Python's faults, the limits' errors, and refusals. */
export class Interpreter {
  private readonly budget: Budget;
  private readonly marks: GenerationMarks;
  private readonly frames: Frames;

  constructor(budget: Budget, marks: GenerationMarks, frames: Frames) {
    this.budget = budget;
    this.marks = marks;
    this.frames = frames;
  }

  /** `outer` holds the variables. */
  render(body: Body, outer: Scope): string {
    return this.text(body, this.enter(body, outer));
  }

  private text(body: Body, scope: Scope): string {
    return this.capture((out) => this.run(body, scope, out));
  }

  private capture(work: (out: Output) => void): string {
    const out = new Output(this.budget);
    work(out);
    return out.text();
  }

  private evaluate(node: Expression, scope: Scope): Value {
    return evaluate(node, scope, this.budget);
  }

  private run(body: Body, scope: Scope, out: Output): Signal {
    for (const statement of body) {
      const signal = this.statement(statement, scope, out);
      if (signal !== null) return signal;
    }
    return null;
  }

  private statement(node: Statement, scope: Scope, out: Output): Signal {
    this.budget.charge(1);
    switch (node.kind) {
      case 'text':
        out.write(node.text);
        return null;
      case 'print':
        out.write(print(this.evaluate(node.value, scope), this.budget));
        return null;
      case 'set':
        this.assign(node.target, this.evaluate(node.value, scope), scope);
        return null;
      case 'if':
        return this.run(this.branch(node, scope), scope, out);
      case 'for':
        return this.for(node, scope, out);
      case 'break':
      case 'continue':
        return node.kind;
      case 'macro':
        scope.set(node.macro.name ?? '', this.macro(node.macro, scope));
        return null;
      default:
        return this.block(node, scope, out);
    }
  }

  private branch(node: Node<'if'>, scope: Scope): Body {
    const taken = node.branches.find(({ test }) => truth(this.evaluate(test, scope)));
    return taken?.body ?? node.otherwise;
  }

  /** A scope for a body, with the names that start as undefined in it. */
  private enter(body: Body, outer: Scope): Scope {
    const names = this.frames.get(body) ?? [];
    return new Scope(
      outer,
      names.map((name) => [name, unknownName(name)]),
    );
  }

  private block(
    node: Node<'set-block' | 'call-block' | 'filter-block' | 'with' | 'generation'>,
    scope: Scope,
    out: Output,
  ): Signal {
    const inner = this.enter('macro' in node ? [] : node.body, scope);
    switch (node.kind) {
      case 'set-block':
        return this.setBlock(node, scope, inner);
      case 'filter-block':
        return this.filterBlock(node, inner, out);
      case 'with':
        for (const [index, target] of node.targets.entries())
          this.assign(target, this.evaluate(node.values[index] as Expression, scope), inner);
        return this.run(node.body, inner, out);
      case 'call-block':
        out.write(this.callBlock(node, scope));
        return null;
      default:
        out.write(this.marks.start + this.generation(node.macro, scope) + this.marks.end);
        return null;
    }
  }

  private setBlock(node: Node<'set-block'>, scope: Scope, inner: Scope): Signal {
    const { text, signal } = this.captured(node.body, inner);
    if (signal === null) this.assign(node.target, this.filtered(text, node.filters, inner), scope);
    return signal;
  }

  private filterBlock(node: Node<'filter-block'>, inner: Scope, out: Output): Signal {
    const { text, signal } = this.captured(node.body, inner);
    if (signal === null) out.write(print(this.filtered(text, node.filters, inner), this.budget));
    return signal;
  }

  private captured(body: Body, scope: Scope): { text: string; signal: Signal } {
    let signal: Signal = null;
    const text = this.capture((out) => {
      signal = this.run(body, scope, out);
    });
    return { text, signal };
  }

  private filtered(text: string, filters: readonly Applied[], scope: Scope): Value {
    return filters.reduce<Value>((value, filter) => applyFilter(value, filter, scope, this.budget), text);
  }

  private callBlock(node: Node<'call-block'>, scope: Scope): string {
    const callee = this.evaluate(node.call.callee, scope);
    const { positional, named } = argsOf(node.call.args, scope, this.budget);
    const caller = this.macro(node.macro, scope);
    const result = callValue(callee, { positional, named: new Map([...named, ['caller', caller]]) }, this.budget);
    return print(result, this.budget);
  }

  /** transformers calls the body as a macro without arguments. */
  private generation(macro: MacroNode, scope: Scope): string {
    return print(callValue(this.macro(macro, scope), { positional: [], named: new Map() }, this.budget), this.budget);
  }

  private macro(node: MacroNode, scope: Scope): Value {
    const enter = () => this.enter(node.body, scope);
    return makeMacro(node, enter, this.budget, (inner) => this.text(node.body, inner));
  }

  private for(node: ForNode, scope: Scope, out: Output): Signal {
    return this.loop(node, this.evaluate(node.items, scope), { scope, depth: 1 }, out);
  }

  private loop(node: ForNode, items: Value, at: { scope: Scope; depth: number }, out: Output): Signal {
    const { scope, depth } = at;
    const recurse = (inner: Value): Value =>
      this.capture((text) => this.loop(node, inner, { scope, depth: depth + 1 }, text));
    const tested = node.test === null ? items : new Iter('generator', this.accepted(node, node.test, items, scope));
    const state = new LoopState(tested, { recurse: node.recursive ? recurse : null, depth }, this.budget);
    let completed = false;
    for (let item = state.next(); item !== undefined; item = state.next()) {
      this.budget.charge(STEPS_PER_ROUND);
      const round = this.enter(node.body, scope);
      round.set('loop', state.value);
      this.assign(node.target, item, round);
      const signal = this.run(node.body, round, out);
      if (signal === 'break') break;
      completed ||= signal === null;
    }
    // jinja2 renders `else` unless a round has reached its end, so also after `break` or `continue` in every round.
    return completed ? null : this.run(node.otherwise, this.enter(node.otherwise, scope), out);
  }

  /** The items that a loop's `if` lets through, one at a time. */
  private *accepted(node: ForNode, test: Expression, items: Value, scope: Scope): Generator<Value> {
    const all = iteratorOf(items, this.budget);
    for (let next = all.next(); !next.done; next = all.next()) {
      this.budget.charge(STEPS_PER_ROUND);
      const inner = new Scope(scope);
      this.assign(node.target, next.value, inner);
      if (truth(this.evaluate(test, inner))) yield next.value;
    }
  }

  private assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === 'name') scope.set(target.name, value);
    else if (target.kind === 'tuple') {
      const values = unpack(value, target.items.length, this.budget);
      for (const [index, each] of target.items.entries()) this.assign(each, values[index] as Value, scope);
    } else {
      const namespace = scope.get(target.name);
      if (!(namespace instanceof Namespace))
        throw new TemplateFault('TemplateRuntimeError', 'cannot assign attribute on non-namespace object');
      checkNamespaceName(target.attribute);
      namespace.attributes.set(target.attribute, value);
    }
  }
}
