import type { Budget } from './budget.ts';
import { evaluate } from './evaluate.ts';
import { typeFault } from './faults.ts';
import type { Scope } from './scope.ts';
import type { MacroNode } from './syntax/nodes.ts';
import { represent } from './values/print-value.ts';
import { type Args, Callable, Dict, Tuple, Undefined, type Value } from './values/values.ts';

/** A macro as a value; `enter` makes a scope below the one in which it was defined, and `render` runs its body there. */
export function makeMacro(
  node: MacroNode,
  enter: () => Scope,
  budget: Budget,
  render: (scope: Scope) => string,
): Callable {
  const name = node.name ?? '';
  const call = (args: Args): Value => {
    budget.charge(1);
    const scope = enter();
    bindParameters(node, args, scope, budget);
    return render(scope);
  };
  return new Callable('Macro', call, {
    attribute: (attribute) => attributeOf(node, attribute),
    print: () => `<Macro ${node.name === null ? 'anonymous' : represent(name, budget)}>`,
  });
}

function attributeOf(node: MacroNode, attribute: string): Value | undefined {
  switch (attribute) {
    case 'name':
      return node.name;
    case 'arguments':
      return new Tuple(node.parameters.map(({ name }) => name));
    case 'catch_kwargs':
      return catches(node, 'kwargs');
    case 'catch_varargs':
      return catches(node, 'varargs');
    case 'caller':
      return node.reads.has('caller');
    default:
      return undefined;
  }
}

function catches(node: MacroNode, name: 'kwargs' | 'varargs'): boolean {
  return node.reads.has(name) && !node.parameters.some((parameter) => parameter.name === name);
}

/** Arguments by position, then by keyword, then defaults, which see the parameters before them. */
function bindParameters(node: MacroNode, args: Args, scope: Scope, budget: Budget): void {
  const label = node.name === null ? 'None' : `'${node.name}'`;
  const named = new Map(args.named);
  const given = node.parameters.map((parameter, index) => {
    if (index < args.positional.length) return args.positional[index];
    const value = named.get(parameter.name);
    named.delete(parameter.name);
    return value;
  });
  bindCaller(node, named, scope);
  const extra = args.positional.slice(node.parameters.length);
  if (catches(node, 'kwargs')) scope.set('kwargs', new Dict(named.entries()));
  else if (named.size > 0) typeFault(`macro ${label} takes no keyword argument '${[...named.keys()][0]}'`);
  if (catches(node, 'varargs')) scope.set('varargs', new Tuple(extra));
  else if (extra.length > 0) typeFault(`macro ${label} takes not more than ${node.parameters.length} argument(s)`);
  for (const [index, { name, fallback }] of node.parameters.entries()) {
    const value = given[index];
    if (value !== undefined) scope.set(name, value);
    else if (fallback !== null) scope.set(name, evaluate(fallback, scope, budget));
    else scope.set(name, new Undefined(`parameter '${name}' was not provided`));
  }
}

function bindCaller(node: MacroNode, named: Map<string, Value>, scope: Scope): void {
  if (!node.reads.has('caller') || node.parameters.some(({ name }) => name === 'caller')) return;
  scope.set('caller', named.get('caller') ?? new Undefined('No caller defined'));
  named.delete('caller');
}
