import { UnsupportedByKeel } from '../faults.ts';
import { Callable, Dict, type Value } from './values.ts';

/**
 * Data of a record as Python reads it from JSON. A whole number becomes an int, a boxed one a float, because JavaScript
 * does not keep 1.0 and 1 apart (see dataset/readers/json-floats.ts); properties that are undefined are left out.
 * A number above 2^53, which JavaScript has already rounded, can be passed on, but not printed.
 */
export function toValue(data: unknown): Value {
  switch (typeof data) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return data;
    case 'number':
      return numberValue(data);
    case 'object':
      return objectValue(data);
    default:
      throw new UnsupportedByKeel(`a ${typeof data} in the messages`);
  }
}

function numberValue(data: number): Value {
  if (!Number.isInteger(data)) return data;
  return Number.isSafeInteger(data) ? BigInt(data) : new Callable('number above 2^53', null);
}

function objectValue(data: object | null): Value {
  if (data === null || data instanceof Callable) return data;
  if (data instanceof Number) return data.valueOf();
  if (Array.isArray(data)) return data.map(toValue);
  const entries = data instanceof Map ? [...data.entries()] : Object.entries(data);
  return new Dict(
    entries.filter(([, value]) => value !== undefined).map(([key, value]) => [toValue(key), toValue(value)]),
  );
}
