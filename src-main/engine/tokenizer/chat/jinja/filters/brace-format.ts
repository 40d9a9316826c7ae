import type { Budget } from '../budget.ts';
import { TemplateFault, UnsupportedByKeel, valueFault } from '../faults.ts';
import { print, represent } from '../values/print-value.ts';
import type { Args, Value } from '../values/values.ts';

const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Python's `format.format(...)` for fields such as `{}`, `{0}`, `{name}` and `{name!r}`; refuses the others. */
export function formatBraces(format: string, args: Args, budget: Budget): string {
  let next = 0;
  return format.replaceAll(PIECE, (all, field: string | undefined) => {
    if (all === '{{' || all === '}}') return all.slice(1);
    if (field === undefined) return valueFault(`single '${all}' encountered in format string`);
    const [, name = '', conversion] = /^(\w*)(?:!([rs]))?$/.exec(field) ?? refuse(field);
    if (name !== '' && /^\d+$/.test(name) && next > 0) valueFault('cannot mix automatic and manual field numbering');
    const value = name === '' ? args.positional[next] : fieldOf(name, args);
    if (name === '') next += 1;
    if (value === undefined) throw new TemplateFault('LookupError', `no argument for the field {${field}}`);
    return conversion === 'r' ? represent(value, budget) : print(value, budget);
  });
}

function refuse(field: string): never {
  throw new UnsupportedByKeel(`the field {${field}} of a format`);
}

function fieldOf(name: string, { positional, named }: Args): Value | undefined {
  return /^\d+$/.test(name) ? positional[Number(name)] : named.get(name);
}
