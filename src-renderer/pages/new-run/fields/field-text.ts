import { parse, stringify } from 'yaml';
import type { FormField } from '#contract/config/index.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';

/** A value as it stands in an input. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? stringify(value).trimEnd() : String(value);
}

/**
 * What was typed, as a value of the config. What cannot be read stays a text, so that the config's own check says
 * what is wrong with it. An empty input is null where the field may be null, else it takes the field out.
 */
export function typedValue({ kind, isNullable }: FormField, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return isNullable ? null : undefined;
  if (kind === 'number' || kind === 'whole') return Number.isFinite(Number(text)) ? Number(text) : text;
  if (kind !== 'value') return typed;
  try {
    return parse(typed);
  } catch {
    return typed;
  }
}

/** `0 to 1`, or what else may be entered. */
export function rangeHint({ minimum, maximum, isNullable, kind }: FormField): string {
  if (kind !== 'number' && kind !== 'whole') return '';
  const range = minimum === null || maximum === null ? '' : `${formatNumber(minimum)} to ${formatNumber(maximum)}`;
  return [kind === 'whole' ? `whole, ${range}` : range, isNullable ? 'or empty' : ''].filter(Boolean).join(', ');
}

const PATHS = /(^|\.)(files|held_out_files|corpus|model|reference|init)$/;
const FOLDERS = /(^|\.)(model|reference|init)$/;

export const isPathField = (path: string): boolean => PATHS.test(path);
export const isModelField = (path: string): boolean => FOLDERS.test(path);
/** Endings of dataset files. */
export const DATA_KINDS = ['jsonl', 'json', 'csv', 'parquet', 'txt', 'gz'];

/** A description without the marks of code, which a form does not set apart. */
export const plainWords = (text: string): string => text.replaceAll('`', '');

/** Why a value changes nothing, null where it does what it is for. */
export function inertReason(field: FormField, value: unknown): string | null {
  return field.inert?.[shownValue(value)] ?? null;
}
