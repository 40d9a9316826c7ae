import type { Budget } from './budget.ts';
import { typeFault } from './faults.ts';
import { equal, lengthOrNull } from './operators.ts';
import { iteratorOf } from './values/iterate.ts';
import { type Args, Callable, orElse, Tuple, Undefined, type Value } from './values/values.ts';

/** jinja2's `loop`. It reads ahead only when asked, because a loop's test may depend on what its body sets. */
export class LoopState {
  private readonly budget: Budget;
  private iterator: { next(): IteratorResult<Value> };
  private readonly depth: number;
  private knownLength: number | null;
  private index = -1;
  private before: Value | undefined;
  private current: Value | undefined;
  /** What was read ahead. */
  private after: Value | undefined;
  private lastChanged: Tuple | null = null;
  readonly value: Callable;

  /** `recurse` is the body of a recursive loop; `depth` is 1 for the outermost. */
  constructor(
    items: Value,
    { recurse, depth }: { recurse: ((items: Value) => Value) | null; depth: number },
    budget: Budget,
  ) {
    this.budget = budget;
    this.depth = depth;
    this.iterator = iteratorOf(items, budget);
    this.knownLength = lengthOrNull(items);
    const call = (args: Args) => {
      const [inner = null] = args.positional;
      return recurse
        ? recurse(inner)
        : typeFault("The loop must have the 'recursive' marker to be called recursively.");
    };
    this.value = new Callable('LoopContext', call, {
      attribute: (name) => this.attribute(name),
      print: () => `<LoopContext ${this.index + 1}/${this.length()}>`,
      count: () => this.length(),
    });
  }

  /** The next item, or undefined at the end. */
  next(): Value | undefined {
    const item = orElse(this.after, () => this.read());
    this.after = undefined;
    if (item === undefined) return undefined;
    this.index += 1;
    this.before = this.current;
    this.current = item;
    return item;
  }

  private read(): Value | undefined {
    const next = this.iterator.next();
    return next.done ? undefined : next.value;
  }

  private peek(): Value | undefined {
    if (this.after === undefined) this.after = this.read();
    return this.after;
  }

  private length(): number {
    if (this.knownLength === null) {
      const rest: Value[] = [];
      for (let item = this.read(); item !== undefined; item = this.read()) rest.push(item);
      this.iterator = rest.values();
      this.knownLength = rest.length + this.index + 1 + (this.after === undefined ? 0 : 1);
    }
    return this.knownLength;
  }

  private attribute(name: string): Value | undefined {
    switch (name) {
      case 'index':
        return BigInt(this.index + 1);
      case 'index0':
        return BigInt(this.index);
      case 'revindex':
        return BigInt(this.length() - this.index);
      case 'revindex0':
        return BigInt(this.length() - this.index - 1);
      case 'length':
        return BigInt(this.length());
      case 'first':
        return this.index === 0;
      case 'last':
        return this.peek() === undefined;
      case 'depth':
        return BigInt(this.depth);
      case 'depth0':
        return BigInt(this.depth - 1);
      default:
        return this.neighbor(name);
    }
  }

  private neighbor(name: string): Value | undefined {
    switch (name) {
      case 'previtem':
        return orElse(this.before, () => new Undefined('there is no previous item'));
      case 'nextitem':
        return orElse(this.peek(), () => new Undefined('there is no next item'));
      case 'cycle':
        return new Callable('method', (args) => this.cycle(args));
      case 'changed':
        return new Callable('method', (args) => this.changed(args));
      default:
        return undefined;
    }
  }

  private cycle({ positional }: Args): Value {
    if (positional.length === 0) return typeFault('no items for cycling given');
    return positional[this.index % positional.length] ?? null;
  }

  private changed({ positional }: Args): Value {
    const value = new Tuple(positional);
    if (this.lastChanged !== null && equal(this.lastChanged, value, this.budget)) return false;
    this.lastChanged = value;
    return true;
  }
}
