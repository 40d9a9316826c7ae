import { KeelError } from '#contract/errors.ts';
import { CARD_ANSWER, CARD_QUESTION, type ChatForm } from '../../model/files/card-snippets.ts';
import type { ResponseEnds } from '../../tokenizer/rows/response-ends.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

const QUESTION = { role: 'user', content: CARD_QUESTION };
const ANSWER = { role: 'assistant', content: CARD_ANSWER };

/** The chat form for a model card; null without a template, or if the template renders no such conversation. */
export function chatForm(tokenizer: Tokenizer, ends: ResponseEnds): ChatForm | null {
  if (tokenizer.chatTemplate === null) return null;
  try {
    const prompt = tokenizer.renderChat([QUESTION], { addGenerationPrompt: true });
    const whole = tokenizer.renderChat([QUESTION, ANSWER]);
    const after = whole.slice(whole.lastIndexOf(CARD_ANSWER) + CARD_ANSWER.length);
    const names = [ends.append, ...ends.ids].flatMap((id) => tokenizer.tokenOfId(id) ?? []);
    const written = names.find((name) => after.trimStart().startsWith(name));
    return { prompt, end: { text: written ?? names[0] ?? '', isWritten: written !== undefined } };
  } catch (error) {
    if (error instanceof KeelError) return null;
    throw error;
  }
}
