import { typeFault } from './faults.ts';
import { type Args, asInteger, typeName, type Value } from './values/values.ts';

/**
 * Assigns arguments to parameters as Python does; an argument that was not given is undefined. A name with `/` before
 * it cannot be given by keyword. Throws Python's TypeError: too many, too few, unknown or repeated arguments.
 */
export function readArgs(
  name: string,
  args: Args,
  parameters: readonly string[],
  required = 0,
): readonly (Value | undefined)[] {
  const { positional, named } = args;
  if (positional.length > parameters.length)
    typeFault(`${name}() takes at most ${parameters.length} arguments (${positional.length} given)`);
  for (const key of named.keys()) {
    const index = parameters.indexOf(key);
    if (index < 0) typeFault(`${name}() got an unexpected keyword argument '${key}'`);
    if (index < positional.length) typeFault(`${name}() got multiple values for argument '${key}'`);
  }
  const values = parameters.map((parameter, index) => {
    return index < positional.length ? positional[index] : named.get(parameter);
  });
  const missing = values.slice(0, required).indexOf(undefined);
  if (missing >= 0) typeFault(`${name}() missing required argument '${parameters[missing]?.replace('/', '')}'`);
  return values;
}

export function integerArg(value: Value | undefined, fallback: bigint): bigint {
  if (value === undefined) return fallback;
  return asInteger(value) ?? typeFault(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** A bound of a slice: an integer or None. */
export function boundArg(value: Value | undefined): bigint | null {
  return value === undefined || value === null ? null : integerArg(value, 0n);
}

export function textArg(name: string, value: Value | undefined): string {
  if (typeof value === 'string') return value;
  return typeFault(`${name}() argument must be str, not ${typeName(value ?? null)}`);
}
