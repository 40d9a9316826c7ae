import type { Message } from '../../records.ts';
import type { AddedTokenJson } from '../files/tokenizer-json.ts';
import { orNull } from './or-null.ts';

const CONTENT = 'It is on its way.';
const TURNS = [
  { role: 'user', content: 'Where is my order?' },
  { role: 'assistant', content: CONTENT },
] as const;
/** A template that requires a system message rejects the first one. */
const CONVERSATIONS = [TURNS, [{ role: 'system', content: 'Help the customer.' }, ...TURNS]] as const;

/**
 * The id of the token with which a chat template ends the assistant's turn: the added token that directly follows the
 * assistant's text in a small rendered conversation, white space aside. Null if the template writes none there, as
 * where the next turn's header is what separates turns, or if it renders no such conversation.
 * @param render renders a conversation without a generation prompt; throws KeelError.
 */
export function turnEndOf(
  render: (messages: readonly Message[]) => string,
  added: readonly AddedTokenJson[],
): number | null {
  for (const messages of CONVERSATIONS) {
    const text = orNull(() => render(messages));
    const start = text?.lastIndexOf(CONTENT) ?? -1;
    if (text === null || start === -1) continue;
    const rest = text.slice(start + CONTENT.length).trimStart();
    const found = added.filter(({ content }) => content !== '' && rest.startsWith(content));
    // As the tokenizer reads it: of the tokens that start here, the longest.
    return found.toSorted((one, other) => other.content.length - one.content.length)[0]?.id ?? null;
  }
  return null;
}
