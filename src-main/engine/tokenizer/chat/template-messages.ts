import { contentText } from '../../message-text.ts';
import type { Message } from '../../records.ts';

/** A message as the template receives it: plain values by key. */
export type TemplateMessage = Readonly<Record<string, unknown>>;

/** Names under which a message's reasoning is passed; the first is what most templates read. */
const REASONING_KEYS = ['reasoning_content', 'thinking', 'reasoning'] as const;

/**
 * Messages as `apply_chat_template` of transformers 5 passes them: without keys whose value is null, and with reasoning
 * under both of the names that templates read. With `joinsParts`, a list of text parts becomes one text.
 */
export function templateMessages(messages: readonly Message[], joinsParts: boolean): readonly TemplateMessage[] {
  return messages.map((message) => {
    const present = Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null));
    if (joinsParts && Array.isArray(message.content)) present.content = contentText(message);
    const reasoning = REASONING_KEYS.map((key) => present[key]).find((value) => value !== undefined);
    return reasoning === undefined ? present : { thinking: reasoning, ...present, reasoning_content: reasoning };
  });
}
