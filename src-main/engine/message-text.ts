import type { Message, Text } from './records.ts';

/** The text of a message's content, its parts joined; empty for a turn without text. */
export function contentText({ content }: Message): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text).join('');
}

/** Keys that say nothing to a reader of the text. */
const UNSEEN: ReadonlySet<string> = new Set(['role', 'content', 'weight']);

/** A turn as it is read and compared: its text, then every other key, one a line. */
export function turnText(message: Message): string {
  const others = Object.entries(message).filter(([key, value]) => !UNSEEN.has(key) && value !== null);
  const lines = others.map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = contentText(message);
  return [...(text === '' && lines.length > 0 ? [] : [text]), ...lines].join('\n');
}

/** Keys by which a turn says something without text. */
const SPEAKING = ['tool_calls', 'function_call', 'reasoning_content', 'thinking', 'reasoning'] as const;

/** A turn without the keys by which it says something without text. */
export function withoutSpeech(message: Message): Message {
  const others = Object.entries(message).filter(([key]) => !(SPEAKING as readonly string[]).includes(key));
  return Object.fromEntries(others) as unknown as Message;
}

/** Whether a turn has neither text, nor reasoning, nor a tool call. */
export function saysNothing(message: Message): boolean {
  const isEmpty = (value: unknown) => value === undefined || value === null || (value as string).length === 0;
  return contentText(message).trim() === '' && SPEAKING.every((key) => isEmpty(message[key]));
}

/** A text or conversation as one string; each turn is preceded by its role. */
export function flatText(text: Text): string {
  if (typeof text === 'string') return text;
  return text.map((turn) => `${turn.role}: ${turnText(turn)}`).join('\n');
}
