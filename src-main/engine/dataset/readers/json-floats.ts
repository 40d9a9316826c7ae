/**
 * A number that JSON spells as a float although its value is whole, such as `1.0` or `2e3`. Python reads a float, which
 * chat templates print as `1.0`; a plain number of JavaScript would be printed as `1`. A boxed number is written back
 * by `JSON.stringify` like a plain one.
 */
export type WholeFloat = number;

export function isWholeFloat(value: unknown): value is WholeFloat {
  return value instanceof Number;
}

/** The plain value of a number that may be boxed. */
export function plainNumber(value: unknown): unknown {
  return isWholeFloat(value) ? value.valueOf() : value;
}

/** A float whose value may be whole; also found in strings, where it only costs time. */
const WHOLE_FLOAT = /\d(?:\.0+(?!\d)|(?:\.\d+)?[eE])/;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** `JSON.parse` with whole floats kept apart from integers. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!WHOLE_FLOAT.test(text)) return JSON.parse(text);
  const reviver: Reviver = (_key, value, { source = '' }) => {
    return typeof value === 'number' && Number.isInteger(value) && /[.eE]/.test(source) ? Object(value) : value;
  };
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}
