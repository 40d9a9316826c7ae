import type { Fault } from '../../errors.ts';
import { isPlain, type Plain } from '../preset.ts';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_DEPTH = 20;

/** Reports keys that would reach an object's prototype, and excessive nesting. */
export function unsafeKeys(value: unknown, at = '', depth = 0): readonly Fault[] {
  if (depth > MAX_DEPTH) return [{ where: at.slice(0, 200), why: `is nested deeper than ${MAX_DEPTH} levels` }];
  if (Array.isArray(value)) return value.flatMap((item, i) => unsafeKeys(item, `${at}[${i}]`, depth + 1));
  if (!isPlain(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const path = at ? `${at}.${key}` : key;
    if (FORBIDDEN.has(key)) return [{ where: path, why: 'is not a known field', fix: 'Remove it.' }];
    return unsafeKeys(value[key], path, depth + 1);
  });
}

/** Overrides the preset's values with the user's; lists and groups with a `type` are replaced. Changes neither. */
export function mergePreset(preset: Plain, raw: Plain): Plain {
  const merged: Plain = { ...preset };
  for (const [key, value] of Object.entries(raw)) {
    const base = preset[key];
    merged[key] = isPlain(base) && isPlain(value) && !('type' in value) ? mergePreset(base, value) : value;
  }
  return merged;
}

export interface ChangedField {
  /** `optimizer.learning_rate` */
  readonly path: string;
  readonly preset: unknown;
  readonly value: unknown;
}

/** Fields whose value differs from the preset's; fields without a preset value are left out. */
export function changedFields(preset: Plain, values: Plain, at = ''): readonly ChangedField[] {
  return Object.entries(preset).flatMap(([key, base]) => {
    const path = at ? `${at}.${key}` : key;
    const value = values[key];
    if (isPlain(base) && isPlain(value) && Object.keys(base).length > 0) return changedFields(base, value, path);
    return JSON.stringify(base) === JSON.stringify(value) ? [] : [{ path, preset: base, value }];
  });
}
