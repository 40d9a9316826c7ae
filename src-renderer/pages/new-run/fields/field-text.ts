import { parse, stringify } from 'yaml';
import type { FormField } from '#contract/config/index.ts';
import type { Fault } from '#contract/errors.ts';
import { formatNumber } from '../../../parts/words/format-number.ts';

/** A value as shown in an input. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? stringify(value).trimEnd() : String(value);
}

/**
 * Converts typed text to a config value. Text that cannot be parsed stays text, so that the config's own validation
 * reports it. An empty input becomes null if the field is nullable; otherwise it removes the field.
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

/** The allowed input, such as `0 to 1`. */
export function rangeHint({ minimum, maximum, isNullable, kind }: FormField): string {
  if (kind !== 'number' && kind !== 'whole') return '';
  const range = minimum === null || maximum === null ? '' : `${formatNumber(minimum)} to ${formatNumber(maximum)}`;
  return [kind === 'whole' ? `whole number, ${range}` : range, isNullable ? 'or empty' : ''].filter(Boolean).join(', ');
}

const PATHS = /(^|\.)(files|held_out_files|corpus|model|reference|init)$/;
const FOLDERS = /(^|\.)(model|reference|init)$/;

export const isPathField = (path: string): boolean => PATHS.test(path);
export const isModelField = (path: string): boolean => FOLDERS.test(path);

/** What the model of a field is for. */
export const modelUse = (path: string): 'policy' | 'critic' => (/(^|\.)init$/.test(path) ? 'critic' : 'policy');

/** What an empty model field means; null if it must not be empty. */
export function emptyModelWords({ path, isNullable }: Pick<FormField, 'path' | 'isNullable'>): string | null {
  if (!isNullable) return null;
  return path === 'reference' ? 'The initial policy' : 'None';
}
/** A description without code marks, which the form does not render. */
export const plainWords = (text: string): string => text.replaceAll('`', '');

/** Why a value has no effect; null if it has one. */
export function inertReason(field: FormField, value: unknown): string | null {
  return field.inert?.[shownValue(value)] ?? null;
}

/** A fault as a sentence at its field. What a value is like follows the title; what it refers to is a sentence itself. */
export function faultText(title: string, path: string, { where, why, fix = '', code }: Fault): string {
  if (code === undefined) return `${title} ${why}. ${fix}`;
  const place = /, (.+)$/.exec(where.slice(path.length))?.[1];
  const sentence = `${why.charAt(0).toUpperCase()}${why.slice(1)}. ${fix}`;
  return place ? `${place}: ${sentence}` : sentence;
}
