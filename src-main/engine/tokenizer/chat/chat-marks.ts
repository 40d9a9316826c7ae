import { KeelError } from '#contract/errors.ts';
import { Lexer } from './jinja/syntax/lexer.ts';

/** Characters that Unicode reserves for a program's internal use; they do not occur in valid text. */
const NONCHARACTERS = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

/** Private markers of one rendering; none occurs in the template or in what it receives. */
export interface ChatMarks {
  /** Inserted into special-token text that a message spells out, so that it is not read as that token. */
  readonly guard: string;
  /** Written around what `{% generation %}` encloses. */
  readonly start: string;
  readonly end: string;
}

/** Three characters that occur in none of the texts. Throws `tokenizer.reserved_characters` if there are not enough. */
export function chooseMarks(texts: readonly string[]): ChatMarks {
  const [guard, start, end] = NONCHARACTERS.filter((char) => !texts.some((text) => text.includes(char)));
  if (guard !== undefined && start !== undefined && end !== undefined) return { guard, start, end };
  throw new KeelError({
    code: 'tokenizer.reserved_characters',
    why: 'The messages contain all of the characters U+FDD0 to U+FDEF, which Unicode reserves for internal use.',
    fix: 'Remove these characters from the text.',
  });
}

/** A value with every text in it replaced; keys stay, as in transformers. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((inner) => mapTexts(inner, change));
  if (typeof value !== 'object' || value === null || value instanceof Number) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]));
}

/** Breaks up the spelling of special tokens; {@link ChatMarks.guard} is removed again before encoding. */
export function guardSpecials(text: string, specials: readonly string[], guard: string): string {
  return specials.reduce(
    (current, special) => current.replaceAll(special, `${special[0]}${guard}${special.slice(1)}`),
    text,
  );
}

/** Whether a template that parses names `strftime_now`, transformers' clock, outside of comments and raw text. */
export function namesClock(template: string): boolean {
  if (!template.includes('strftime_now')) return false;
  return new Lexer(template).run().some((token) => token.type === 'name' && token.value === 'strftime_now');
}

/** Whether a template that parses marks what the assistant generates; a tag in a comment or in raw text is none. */
export function hasGenerationTags(template: string): boolean {
  const tokens = new Lexer(template).run();
  return tokens.some(({ type }, index) => {
    const name = type === 'block_begin' ? tokens[index + 1] : undefined;
    return name?.type === 'name' && name.value === 'generation';
  });
}
