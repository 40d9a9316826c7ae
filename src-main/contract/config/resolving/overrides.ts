import { parse } from 'yaml';
import type { Fault } from '../../errors.ts';
import { isPlain, type Plain } from '../preset.ts';

interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

function parseOverride(text: string): Override | Fault {
  const equals = text.indexOf('=');
  const path = text.slice(0, equals).trim().split('.');
  if (equals < 1 || path.some((part) => !/^[a-z0-9_]+$/.test(part)) || path.includes('__proto__')) {
    return {
      where: text.slice(0, 100),
      why: 'is not of the form field.path=value',
      fix: 'Write optimizer.learning_rate=1e-5.',
    };
  }
  try {
    return { path, value: parse(text.slice(equals + 1), { maxAliasCount: 0 }) ?? null };
  } catch {
    return { where: path.join('.'), why: 'has a value that is not valid YAML', fix: 'Put the value into quotes.' };
  }
}

function withValue(base: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const plain: Plain = isPlain(base) ? base : {};
  return { ...plain, [key]: withValue(plain[key], rest, value) };
}

/** Applies `a.b=value` texts over a config; the value is read as YAML. Faults come back, nothing is thrown. */
export function applyOverrides(
  raw: Plain,
  overrides: readonly string[],
): { readonly raw: Plain; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  let result: unknown = raw;
  for (const text of overrides) {
    const parsed = parseOverride(text);
    if ('where' in parsed) faults.push(parsed);
    else result = withValue(result, parsed.path, parsed.value);
  }
  return { raw: result as Plain, faults };
}
