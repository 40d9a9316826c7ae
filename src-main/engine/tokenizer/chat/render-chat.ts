import { KeelError } from '#contract/errors.ts';
import type { Message } from '../../records.ts';
import { compileTemplate, type RenderTemplate } from './bounded-template.ts';

/** Characters that Unicode reserves for a program's internal use; they do not occur in valid text. */
const NONCHARACTERS = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

/** Private markers of one rendering; none occurs in the template or in the messages. */
interface ChatMarks {
  /** Inserted into special-token text that a message spells out, so that it is not read as that token. */
  readonly guard: string;
  /** Inserted at the positions of `{% generation %}` and `{% endgeneration %}`. */
  readonly start: string;
  readonly end: string;
}

/** Three characters that occur in none of the texts. Throws `tokenizer.reserved_characters` if there are not enough. */
function chooseMarks(texts: readonly string[]): ChatMarks {
  const [guard, start, end] = NONCHARACTERS.filter((char) => !texts.some((text) => text.includes(char)));
  if (guard !== undefined && start !== undefined && end !== undefined) return { guard, start, end };
  throw new KeelError({
    code: 'tokenizer.reserved_characters',
    why: 'The messages contain all of the characters U+FDD0 to U+FDEF, which Unicode reserves for internal use.',
    fix: 'Remove these characters from the text.',
  });
}

/**
 * Breaks up the spelling of special tokens inside messages; {@link ChatMarks.guard} is removed again before encoding.
 */
function guardMessages(messages: readonly Message[], specials: readonly string[], guard: string): Message[] {
  const guarded = (text: string) =>
    specials.reduce(
      (current, special) => current.replaceAll(special, `${special[0]}${guard}${special.slice(1)}`),
      text,
    );
  return messages.map((message) => ({ ...message, role: guarded(message.role), content: guarded(message.content) }));
}

const GENERATION_TAG = /\{%(-?)\s*(end)?generation\s*(-?)%\}\n?/g;

/** Whether the template marks what the assistant generates. */
function hasGenerationTags(template: string): boolean {
  return template.search(GENERATION_TAG) !== -1;
}

/** Replaces the generation tags with output of the markers, handling line ends as for a block tag. */
function exposeGenerationTags(template: string, marks: ChatMarks): string {
  const leftAligned = template.replace(/^[ \t]*(\{%\s*(?:end)?generation)/gm, '$1');
  return leftAligned.replace(GENERATION_TAG, (_, trimLeft: string, end: string | undefined, trimRight: string) => {
    return `{{${trimLeft} "${end ? marks.end : marks.start}" ${trimRight}}}`;
  });
}

/** A section of a rendered conversation; its text still contains the guard where a message spelled a special token. */
export interface ChatStretch {
  readonly text: string;
  readonly byAssistant: boolean;
}

export interface RenderedChat {
  readonly stretches: readonly ChatStretch[];
  readonly removeGuard: (text: string) => string;
}

/** The variables that a template receives in addition to the messages: `bos_token` and similar. */
export type TemplateTokens = Readonly<Record<string, string | null>>;

type Render = (messages: readonly Message[], addGenerationPrompt: boolean) => string;

/** Splits at start and end markers: text between them is the assistant's. */
function stretchesOfMarked(text: string, marks: ChatMarks): ChatStretch[] {
  const parts = text.split(new RegExp(`([${marks.start}${marks.end}])`));
  let byAssistant = false;
  return parts.flatMap((part) => {
    if (part === marks.start || part === marks.end) byAssistant = part === marks.start;
    else if (part !== '') return [{ text: part, byAssistant }];
    return [];
  });
}

function notIncremental(turn: number): KeelError {
  return new KeelError({
    code: 'tokenizer.template_not_incremental',
    why:
      `The chat template renders earlier turns differently when turn ${turn + 1} follows, so Keel cannot identify ` +
      "the assistant's tokens.",
    fix: 'Put {% generation %} and {% endgeneration %} around the assistant text in the chat template.',
  });
}

/** Without markers: an assistant turn is the text that is added when the template receives one more message. */
function stretchesByTurns(text: string, messages: readonly Message[], render: Render): ChatStretch[] {
  const stretches: ChatStretch[] = [];
  let done = 0;
  messages.forEach((message, turn) => {
    if (message.role !== 'assistant') return;
    const before = render(messages.slice(0, turn), true);
    const after = render(messages.slice(0, turn + 1), false);
    if (!text.startsWith(after) || !after.startsWith(before) || before.length < done) throw notIncremental(turn);
    stretches.push({ text: text.slice(done, before.length), byAssistant: false });
    stretches.push({ text: after.slice(before.length), byAssistant: true });
    done = after.length;
  });
  stretches.push({ text: text.slice(done), byAssistant: false });
  return stretches.filter((stretch) => stretch.text !== '');
}

/** Renders conversations with one chat template. */
export class ChatRenderer {
  private readonly template: string;
  private readonly specials: readonly string[];
  private readonly tokens: TemplateTokens;
  private readonly compiled = new Map<string, RenderTemplate>();

  constructor(template: string, specials: readonly string[], tokens: TemplateTokens) {
    this.template = template;
    this.specials = specials;
    this.tokens = tokens;
  }

  /** Throws the errors of `bounded-template.ts`, and `tokenizer.template_not_incremental`. */
  render(messages: readonly Message[], addGenerationPrompt: boolean): RenderedChat {
    const marks = chooseMarks([this.template, ...messages.flatMap(({ role, content }) => [role, content])]);
    const guarded = guardMessages(messages, this.specials, marks.guard);
    const render = this.renderer(marks);
    const text = render(guarded, addGenerationPrompt);
    const stretches = hasGenerationTags(this.template)
      ? stretchesOfMarked(text, marks)
      : stretchesByTurns(text, guarded, render);
    return { stretches, removeGuard: (part) => part.replaceAll(marks.guard, '') };
  }

  /** The text of a conversation, without a generation prompt. Throws the errors of `bounded-template.ts`. */
  text(messages: readonly Message[]): string {
    const marks = chooseMarks([this.template, ...messages.flatMap(({ role, content }) => [role, content])]);
    const text = this.renderer(marks)(messages, false);
    return text.replaceAll(marks.start, '').replaceAll(marks.end, '');
  }

  private renderer(marks: ChatMarks): Render {
    const template = this.compile(exposeGenerationTags(this.template, marks));
    return (turns, generate) =>
      template({ ...this.tokens, messages: turns, add_generation_prompt: generate, tools: null, documents: null });
  }

  private compile(source: string): RenderTemplate {
    const known = this.compiled.get(source) ?? compileTemplate(source);
    // The markers, and therefore the source, are the same for all but malicious messages.
    if (this.compiled.size < 4) this.compiled.set(source, known);
    return known;
  }
}
