import { KeelError } from '#contract/errors.ts';
import type { Message } from '../../records.ts';

/** Characters that Unicode reserves for a program's own use; they stand in no proper text. */
const NONCHARACTERS = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

/** Private marks of one rendering; none occurs in the template or in the messages. */
export interface ChatMarks {
  /** Put inside special-token text that a message spells out, so that it is not that token. */
  readonly guard: string;
  /** Put where `{% generation %}` and `{% endgeneration %}` stand. */
  readonly start: string;
  readonly end: string;
}

/** Three characters that occur in none of the texts. Throws `tokenizer.reserved_characters` when none is left. */
export function chooseMarks(texts: readonly string[]): ChatMarks {
  const [guard, start, end] = NONCHARACTERS.filter((char) => !texts.some((text) => text.includes(char)));
  if (guard !== undefined && start !== undefined && end !== undefined) return { guard, start, end };
  throw new KeelError({
    code: 'tokenizer.reserved_characters',
    why: 'The messages hold all of the characters U+FDD0 to U+FDEF, which Unicode reserves for internal use.',
    fix: 'Remove these characters from the text.',
  });
}

/** Breaks the spelling of special tokens inside messages; {@link ChatMarks.guard} is taken out again before encoding. */
export function guardMessages(messages: readonly Message[], specials: readonly string[], guard: string): Message[] {
  const guarded = (text: string) =>
    specials.reduce(
      (current, special) => current.replaceAll(special, `${special[0]}${guard}${special.slice(1)}`),
      text,
    );
  return messages.map((message) => ({ ...message, role: guarded(message.role), content: guarded(message.content) }));
}

const GENERATION_TAG = /\{%(-?)\s*(end)?generation\s*(-?)%\}\n?/g;

/** True when the template marks what the assistant generates. */
export function hasGenerationTags(template: string): boolean {
  return template.search(GENERATION_TAG) !== -1;
}

/** Replaces the generation tags by output of the marks, with a block tag's handling of line ends. */
export function exposeGenerationTags(template: string, marks: ChatMarks): string {
  const leftAligned = template.replace(/^[ \t]*(\{%\s*(?:end)?generation)/gm, '$1');
  return leftAligned.replace(GENERATION_TAG, (_, trimLeft: string, end: string | undefined, trimRight: string) => {
    return `{{${trimLeft} "${end ? marks.end : marks.start}" ${trimRight}}}`;
  });
}
