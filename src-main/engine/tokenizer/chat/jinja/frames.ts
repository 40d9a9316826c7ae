import type { Body, Expression, ForNode, MacroNode, Statement, Target } from './syntax/nodes.ts';

/** For each body with a scope of its own: the names that start as undefined there. */
export type Frames = ReadonlyMap<Body, readonly string[]>;

/**
 * jinja2 decides per scope, before anything runs, where each name comes from: a name whose first mention in a scope is
 * an assignment belongs to that scope from its start, so that loops and macros before the assignment see it as undefined
 * even where a variable of that name was passed in. Mentions inside nested scopes do not count.
 * Source: jinja2 3.1.6, idtracking.py.
 */
export function findFrames(root: Body): Frames {
  const frames = new Map<Body, readonly string[]>();
  const symbols = new Symbols(null);
  visitBody(root, symbols);
  frames.set(root, symbols.undefinedNames());
  nested(root, symbols, frames);
  return frames;
}

/** Where a name's value at the start of its scope comes from; `known`: a parameter, or a scope around this one. */
type Origin = 'undefined' | 'variable' | 'known';

class Symbols {
  private readonly outer: Symbols | null;
  private readonly origins: Map<string, Origin>;
  private readonly stores: Set<string>;

  constructor(outer: Symbols | null, origins: Iterable<[string, Origin]> = [], stores: Iterable<string> = []) {
    this.outer = outer;
    this.origins = new Map(origins);
    this.stores = new Set(stores);
  }

  private has(name: string): boolean {
    return this.origins.has(name) || (this.outer?.has(name) ?? false);
  }

  declare(name: string): void {
    this.origins.set(name, 'known');
    this.stores.add(name);
  }

  load(name: string): void {
    if (!this.has(name)) this.origins.set(name, 'variable');
  }

  store(name: string): void {
    this.stores.add(name);
    if (!this.origins.has(name)) this.origins.set(name, this.outer?.has(name) ? 'known' : 'undefined');
  }

  copy(): Symbols {
    return new Symbols(this.outer, this.origins, this.stores);
  }

  /** Takes over the branches of an `if`: a name that one of them assigns may still come from outside. */
  merge(branches: readonly Symbols[]): void {
    const assigned = branches.flatMap(({ stores }) => [...stores]).filter((name) => !this.stores.has(name));
    for (const { origins, stores } of branches) {
      for (const [name, origin] of origins) this.origins.set(name, origin);
      for (const name of stores) this.stores.add(name);
    }
    for (const name of assigned) this.origins.set(name, this.outer?.has(name) ? 'known' : 'variable');
  }

  undefinedNames(): string[] {
    return [...this.origins].filter(([, origin]) => origin === 'undefined').map(([name]) => name);
  }
}

function visitBody(body: Body, symbols: Symbols): void {
  for (const statement of body) visit(statement, symbols);
}

function visit(node: Statement, symbols: Symbols): void {
  if (node.kind === 'set') visitNames(node.value, symbols);
  if (node.kind === 'set' || node.kind === 'set-block') visitTarget(node.target, symbols);
  else if (node.kind === 'if') visitIf(node, symbols);
  else if (node.kind === 'macro') symbols.store(node.macro.name ?? '');
  else visitNames(expressionsOf(node), symbols);
}

/** What a statement reads in its own scope, which is not what its body reads. */
function expressionsOf(node: Statement): unknown {
  switch (node.kind) {
    case 'print':
      return node.value;
    case 'for':
      return node.items;
    case 'call-block':
      return node.call;
    case 'filter-block':
      return node.filters;
    case 'with':
      return node.values;
    default:
      return null;
  }
}

function visitIf(node: Extract<Statement, { kind: 'if' }>, symbols: Symbols): void {
  const [first, ...others] = node.branches;
  visitNames(first?.test, symbols);
  const [body, elif, otherwise] = [symbols.copy(), symbols.copy(), symbols.copy()];
  visitBody(first?.body ?? [], body);
  for (const branch of others) visitIf({ kind: 'if', branches: [branch], otherwise: [] }, elif);
  visitBody(node.otherwise, otherwise);
  symbols.merge([body, elif, otherwise]);
}

/** All names that an expression reads. */
function visitNames(node: unknown, symbols: Symbols): void {
  if (typeof node !== 'object' || node === null) return;
  const { kind, name } = node as Partial<Expression & { name: string }>;
  if (kind === 'name' && name !== undefined) symbols.load(name);
  else for (const child of Object.values(node)) visitNames(child, symbols);
}

function visitTarget(target: Target, symbols: Symbols): void {
  if (target.kind === 'name') symbols.store(target.name);
  else if (target.kind === 'namespace') symbols.load(target.name);
  else for (const item of target.items) visitTarget(item, symbols);
}

function declareTarget(target: Target, symbols: Symbols): void {
  if (target.kind === 'name') symbols.declare(target.name);
  else if (target.kind === 'tuple') for (const item of target.items) declareTarget(item, symbols);
}

/** Finds the scopes inside a body; all names of the scope around them are known by now. */
function nested(body: Body, outer: Symbols, frames: Map<Body, readonly string[]>): void {
  const enter = (inner: Body, declare: (symbols: Symbols) => void = () => undefined) => {
    const symbols = new Symbols(outer);
    declare(symbols);
    visitBody(inner, symbols);
    frames.set(inner, symbols.undefinedNames());
    nested(inner, symbols, frames);
  };
  for (const node of body) {
    if (node.kind === 'if')
      for (const each of [...node.branches.map((branch) => branch.body), node.otherwise]) nested(each, outer, frames);
    else if (node.kind === 'for') enterFor(node, enter);
    else if (node.kind === 'macro' || node.kind === 'call-block' || node.kind === 'generation')
      enter(node.macro.body, (symbols) => declareParameters(node.macro, symbols));
    else if (node.kind === 'with')
      enter(node.body, (symbols) => {
        for (const target of node.targets) declareTarget(target, symbols);
      });
    else if (node.kind === 'set-block' || node.kind === 'filter-block') enter(node.body);
  }
}

function enterFor(node: ForNode, enter: (body: Body, declare?: (symbols: Symbols) => void) => void): void {
  enter(node.body, (symbols) => {
    symbols.declare('loop');
    declareTarget(node.target, symbols);
  });
  enter(node.otherwise);
}

function declareParameters(macro: MacroNode, symbols: Symbols): void {
  for (const { name } of macro.parameters) symbols.declare(name);
  for (const { fallback } of macro.parameters) visitNames(fallback, symbols);
  for (const name of macro.reads) symbols.declare(name);
}
