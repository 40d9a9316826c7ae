import { KeelError } from '#contract/errors.ts';
import type { Message } from '../../records.ts';
import { compileTemplate, type RenderTemplate } from './bounded-template.ts';
import { type ChatMarks, chooseMarks, exposeGenerationTags, guardMessages, hasGenerationTags } from './chat-markers.ts';

/** A stretch of a rendered conversation; text still carries the guard where a message spelled a special token. */
export interface ChatStretch {
  readonly text: string;
  readonly byAssistant: boolean;
}

export interface RenderedChat {
  readonly stretches: readonly ChatStretch[];
  readonly removeGuard: (text: string) => string;
}

/** The names that a template finds besides the messages: `bos_token` and its siblings. */
export type TemplateTokens = Readonly<Record<string, string | null>>;

type Render = (messages: readonly Message[], addGenerationPrompt: boolean) => string;

/** Cuts at start and end marks: text between them is the assistant's. */
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
    why: `The chat template renders earlier turns differently when turn ${turn + 1} follows, so the assistant's tokens cannot be told apart.`,
    fix: 'Put {% generation %} and {% endgeneration %} around the assistant text in the chat template.',
  });
}

/** Without marks: an assistant turn is what is added to the text when the template sees one message more. */
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

  /** Throws the faults of `bounded-template.ts`, and `tokenizer.template_not_incremental`. */
  render(messages: readonly Message[], addGenerationPrompt: boolean): RenderedChat {
    const marks = chooseMarks([this.template, ...messages.flatMap(({ role, content }) => [role, content])]);
    const guarded = guardMessages(messages, this.specials, marks.guard);
    const template = this.compile(exposeGenerationTags(this.template, marks));
    const render: Render = (turns, generate) =>
      template({ ...this.tokens, messages: turns, add_generation_prompt: generate, tools: null, documents: null });
    const text = render(guarded, addGenerationPrompt);
    const stretches = hasGenerationTags(this.template)
      ? stretchesOfMarked(text, marks)
      : stretchesByTurns(text, guarded, render);
    return { stretches, removeGuard: (part) => part.replaceAll(marks.guard, '') };
  }

  private compile(source: string): RenderTemplate {
    const known = this.compiled.get(source) ?? compileTemplate(source);
    // The marks, and so the source, are the same for all but hostile messages.
    if (this.compiled.size < 4) this.compiled.set(source, known);
    return known;
  }
}
