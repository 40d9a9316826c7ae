import type { TemplateInputs } from '../../records.ts';
import { parseJsonText } from '../readers/parse-json-row.ts';
import { DEFAULT_LIMITS, type RawRow } from '../readers/raw-rows.ts';
import { isObject, RowTrouble } from '../row-trouble.ts';

/** Columns whose values a conversation's chat template receives, as in TRL. */
export const TEMPLATE_COLUMNS = ['tools', 'documents', 'chat_template_kwargs'] as const;

/** A column's value; text is read as JSON, because files without nested values store it so. */
function nested(row: RawRow, column: string): unknown {
  const value = row.fields.get(column) ?? null;
  if (typeof value !== 'string') return value;
  if (value.trim() === '') return null;
  const parsed = parseJsonText(value, DEFAULT_LIMITS);
  return 'value' in parsed ? parsed.value : value;
}

function listOf(row: RawRow, column: string): readonly unknown[] | null {
  const value = nested(row, column);
  if (value === null) return null;
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw new RowTrouble(`bad_${column}`, `has ${column} that are not a list of objects`);
}

function variablesOf(row: RawRow): Readonly<Record<string, unknown>> | null {
  const value = nested(row, 'chat_template_kwargs');
  if (value === null || isObject(value)) return value;
  throw new RowTrouble('bad_chat_template_kwargs', 'has chat_template_kwargs that are not an object');
}

/**
 * What a row gives the chat template besides its messages; null if there is nothing. Throws {@link RowTrouble} for a
 * value of another form than `apply_chat_template` takes.
 */
export function templateInputs(row: RawRow): TemplateInputs | null {
  const [tools, documents, variables] = [listOf(row, 'tools'), listOf(row, 'documents'), variablesOf(row)];
  if (tools === null && documents === null && variables === null) return null;
  return { ...(tools && { tools }), ...(documents && { documents }), ...(variables && { variables }) };
}
