import type { Message, TextPart } from '../../records.ts';
import { isWholeFloat, plainNumber } from '../readers/json-floats.ts';
import { isObject, RowTrouble } from '../row-trouble.ts';
import { withRole } from './sharegpt.ts';

function toPart(value: unknown, where: string): TextPart {
  if (isObject(value) && value.type === 'text' && typeof value.text === 'string') return value as TextPart;
  const type = isObject(value) && typeof value.type === 'string' ? JSON.stringify(value.type.slice(0, 40)) : 'unknown';
  if (isObject(value) && value.type === 'text')
    throw new RowTrouble('bad_message', `${where} is a text part without text`);
  throw new RowTrouble('not_text', `${where} is a part of type ${type}, but Keel trains on text only`);
}

function toContent(value: unknown, where: string): Message['content'] {
  if (value === undefined || value === null || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((part, index) => toPart(part, `${where}.content[${index}]`));
  throw new RowTrouble('bad_message', `${where} has a content that is neither text nor a list of parts`);
}

function checkWeight(weight: unknown, where: string): void {
  if (weight === undefined || weight === null || weight === 0 || weight === 1) return;
  throw new RowTrouble('bad_weight', `${where} has a weight other than 0 (not trained) and 1 (trained)`);
}

/** One turn with all of its keys. Throws {@link RowTrouble} if it has no role, nothing to say, or anything but text. */
export function toMessage(value: unknown, column: string, index: number): Message {
  const where = `${column}[${index}]`;
  const turn = withRole(value, where);
  if (!isObject(turn)) throw new RowTrouble('bad_message', `${where} is not a {role, content} object`);
  const { role, content, weight, ...others } = turn;
  if (typeof role !== 'string' || role === '') throw new RowTrouble('bad_message', `${where} has no role`);
  const saysNothing = content === undefined || content === null;
  const hasOthers = Object.values(others).some((other) => other !== null && other !== undefined);
  if (saysNothing && !hasOthers && role !== 'assistant') throw new RowTrouble('bad_message', `${where} has no content`);
  checkWeight(plainNumber(weight), where);
  toContent(content, where);
  return (isWholeFloat(weight) ? { ...turn, weight: weight.valueOf() } : turn) as unknown as Message;
}

/** What earlier versions took of a turn: two strings, and nothing else. */
export function toFormerMessage(value: unknown, column: string, index: number): Message {
  const turn = isObject(value) ? value : {};
  if (typeof turn.role === 'string' && turn.role !== '' && typeof turn.content === 'string') {
    return { role: turn.role, content: turn.content };
  }
  throw new RowTrouble('bad_message', `${column}[${index}] is not a {role, content} object with two strings`);
}
