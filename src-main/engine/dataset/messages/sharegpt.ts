import { parseJsonText } from '../readers/parse-json-row.ts';
import { DEFAULT_LIMITS } from '../readers/raw-rows.ts';
import { isObject, RowTrouble } from '../row-trouble.ts';

type Turn = Readonly<Record<string, unknown>>;

/** Roles of the speakers in data of ShareGPT's form, with the names that LLaMA-Factory and axolotl read. */
const ROLES: ReadonlyMap<string, string> = new Map([
  ...['human', 'user'].map((name) => [name, 'user'] as const),
  ...['gpt', 'chatgpt', 'bing', 'bard', 'assistant', 'model', 'function_call'].map(
    (name) => [name, 'assistant'] as const,
  ),
  ['system', 'system'],
  ...['tool', 'observation', 'function_response'].map((name) => [name, 'tool'] as const),
]);

/** The calls of a `function_call` turn, whose text is the JSON of `{name, arguments}` or of a list of such objects. */
function toolCalls(value: unknown, where: string): readonly unknown[] {
  const parsed = typeof value === 'string' ? parseJsonText(value, DEFAULT_LIMITS) : { value };
  const calls = 'value' in parsed ? [parsed.value].flat() : [];
  if (calls.length > 0 && calls.every((call) => isObject(call) && typeof call.name === 'string')) {
    return calls.map((call) => ({ type: 'function', function: call }));
  }
  throw new RowTrouble('bad_tool_call', `${where} is a function_call that is not the JSON text of {name, arguments}`);
}

/** A turn of ShareGPT's form, `{from, value}`, as `{role, content}`; every other value is returned as it is. */
export function withRole(turn: unknown, where: string): unknown {
  if (!isObject(turn) || 'role' in turn || typeof turn.from !== 'string' || !('value' in turn)) return turn;
  const { from, value, ...others }: Turn = turn;
  const speaker = (from as string).toLowerCase();
  const role = ROLES.get(speaker);
  if (role === undefined) {
    const known = [...ROLES.keys()].join(', ');
    throw new RowTrouble('unknown_speaker', `${where} is from a speaker that Keel does not know (it reads ${known})`);
  }
  if (speaker === 'function_call') return { role, content: '', tool_calls: toolCalls(value, where), ...others };
  return { role, content: value, ...others };
}
