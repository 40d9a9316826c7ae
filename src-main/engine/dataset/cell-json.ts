import type { Column } from './dataset-format.ts';
import { parseJsonText } from './readers/parse-json-row.ts';
import { DEFAULT_LIMITS } from './readers/raw-rows.ts';

/** The value of a cell: as it is, parsed from JSON text, or the reason why it can be neither. */
export type Cell = { readonly value: unknown } | { readonly why: string };

/** Text that starts like a list of turns, written as JSON or as Python prints it. */
const LIKE_TURNS = /^(?:array\()?\[\s*\{\s*["'](?:role|content|from|value)["']\s*:/;

function hasKey(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.some((key) => Object.hasOwn(value, key));
}

/** Whether a value is a list of turns; a turn with tool calls may lack its text. */
function isConversation(value: readonly unknown[]): boolean {
  const texts = value.some((turn) => hasKey(turn, 'content', 'value'));
  return texts && value.every((turn) => hasKey(turn, 'role', 'from'));
}

/**
 * A cell of a column. Flat tables hold a conversation as JSON text: a text that parses to a list of turns is one, in any
 * column but `text`. In `messages`, every text that starts with "[" has to be JSON; in the other columns only a text
 * that starts like a list of turns, so that a prompt such as "[1, 2] is a list" stays text.
 */
export function openCell(column: Column, value: unknown): Cell {
  const cell = parsedCell(column, value);
  if (!('value' in cell) || isWellFormed(cell.value)) return cell;
  return { why: `has half of a UTF-16 surrogate pair in ${column}, which is no text` };
}

/** JSON can spell half of a pair (`"\\ud83d"`); tokenizers refuse it in Python, and would see another character here. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isWellFormed);
}

function parsedCell(column: Column, value: unknown): Cell {
  if (typeof value !== 'string' || column === 'text' || column === 'label') return { value };
  const text = value.trimStart();
  const isLikeTurns = LIKE_TURNS.test(text);
  if (!text.startsWith('[') && !isLikeTurns) return { value };
  const parsed = parseJsonText(text, DEFAULT_LIMITS);
  if ('value' in parsed && Array.isArray(parsed.value)) {
    return column === 'messages' || isConversation(parsed.value) ? parsed : { value };
  }
  if (column !== 'messages' && !isLikeTurns) return { value };
  const problem = 'why' in parsed ? parsed.why : 'is not a list';
  return { why: `has text in ${column} that looks like a list of messages but ${problem}; write it with json.dumps` };
}
