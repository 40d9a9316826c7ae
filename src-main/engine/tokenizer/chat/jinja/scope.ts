import { unknownName } from './globals.ts';
import type { Value } from './values/values.ts';

/** The names of a loop's round, a macro, or another block; what is set there ends with it. */
export class Scope {
  private readonly names: Map<string, Value>;
  private readonly outer: Scope | null;

  constructor(outer: Scope | null, names: Iterable<readonly [string, Value]> = []) {
    this.outer = outer;
    this.names = new Map(names);
  }

  set(name: string, value: Value): void {
    this.names.set(name, value);
  }

  get(name: string): Value {
    let scope: Scope | null = this;
    while (scope !== null) {
      const value = scope.names.get(name);
      if (value !== undefined) return value;
      scope = scope.outer;
    }
    return unknownName(name);
  }
}
