import { KeelError } from '#contract/errors.ts';
import type { Message, TemplateInputs } from '../../records.ts';
import { compileTemplate, type RenderTemplate } from './bounded-template.ts';
import { type ChatMarks, chooseMarks, guardSpecials, hasGenerationTags, mapTexts, namesClock } from './chat-marks.ts';
import { orNull } from './or-null.ts';
import { type TemplateMessage, templateMessages } from './template-messages.ts';
import { findTurns, type RenderTurns, type TurnRendering, type TurnSpan } from './turn-spans.ts';

/** A section of a rendered conversation; its text still contains the guard where a message spelled a special token. */
export interface ChatStretch {
  readonly text: string;
  /** Index of the message that the assistant generated here; null for everything else. */
  readonly turn: number | null;
}

export interface RenderedChat {
  readonly stretches: readonly ChatStretch[];
  /** Assistant turns that are not among the stretches, because the template shows them differently here. */
  readonly changed: readonly number[];
  readonly removeGuard: (text: string) => string;
}

/** The variables that a template receives in addition to the messages: `bos_token` and similar, if there is one. */
export type TemplateTokens = Readonly<Record<string, string>>;

export interface RenderOptions {
  readonly addGenerationPrompt: boolean;
  /** Whether special tokens that a message spells out are read as tokens. */
  readonly parsesSpecials: boolean;
  readonly template: TemplateInputs | null;
}

/** The texts of a rendering without its marks, and where the template marked generated text. */
function unmarked(text: string, marks: ChatMarks): { readonly text: string; readonly spans: readonly TurnSpan[] } {
  const spans: TurnSpan[] = [];
  let plain = '';
  let start: number | null = null;
  for (const part of text.split(new RegExp(`([${marks.start}${marks.end}])`))) {
    if (part === marks.start) start = plain.length;
    else if (part !== marks.end) plain += part;
    else if (start !== null) {
      if (start < plain.length) spans.push({ turn: spans.length, start, end: plain.length });
      start = null;
    }
  }
  return { text: plain, spans };
}

/** The section of the whole text at each span, and the text between them. */
function stretchesAt(text: string, spans: readonly TurnSpan[]): ChatStretch[] {
  let done = 0;
  const stretches = spans.flatMap(({ turn, start, end }): ChatStretch[] => {
    const between = { text: text.slice(done, start), turn: null };
    done = end;
    return [between, { text: text.slice(start, end), turn }];
  });
  return [...stretches, { text: text.slice(done), turn: null }].filter((stretch) => stretch.text !== '');
}

/** An error of the template that concerns these messages, not the template as such. */
function failedHere(error: unknown): unknown {
  if (!(error instanceof KeelError) || error.code !== 'tokenizer.bad_template') return error;
  const fix = 'Compare the keys of these messages with those that the chat template reads.';
  return new KeelError({ code: 'tokenizer.template_failed', why: error.why, fix, cause: error });
}

/** Renders conversations with one chat template. */
export class ChatRenderer {
  private readonly template: string;
  private readonly specials: readonly string[];
  private readonly tokens: TemplateTokens;
  private readonly compiled = new Map<string, RenderTemplate>();
  private joinsPartsFirst: boolean | null = null;
  private hasTags: boolean | null = null;
  private hasDate: boolean | null = null;

  constructor(template: string, specials: readonly string[], tokens: TemplateTokens) {
    this.template = template;
    this.specials = specials;
    this.tokens = tokens;
  }

  /**
   * The rendering of a conversation, divided into what the assistant generated and the rest. Throws the errors of
   * `bounded-template.ts`, `tokenizer.template_failed` where the template fails on these messages, and
   * `tokenizer.reserved_characters`.
   */
  render(messages: readonly Message[], options: RenderOptions): RenderedChat {
    const inputs = this.inputsOf(messages, options);
    const marks = chooseMarks([this.template, JSON.stringify(inputs)]);
    const guard = (text: string) => guardSpecials(text, this.specials, marks.guard);
    const guarded = (options.parsesSpecials ? inputs : mapTexts(inputs, guard)) as typeof inputs;
    const marked = this.renderer(marks, guarded);
    const plainly = this.unmarking(marked, marks);
    const whole = unmarked(marked(guarded.messages, options.addGenerationPrompt), marks);
    const found = this.marksTurns()
      ? { spans: turnsOfMarks(whole.spans, whole.text, guarded.messages, plainly), changed: [] }
      : findTurns(whole.text, guarded.messages, plainly, options.addGenerationPrompt);
    return {
      stretches: stretchesAt(whole.text, found.spans),
      changed: found.changed,
      removeGuard: (part) => part.replaceAll(marks.guard, ''),
    };
  }

  /** The rendered text alone. Throws like {@link render}. */
  text(messages: readonly Message[], options: Pick<RenderOptions, 'addGenerationPrompt' | 'template'>): string {
    const inputs = this.inputsOf(messages, options);
    const marks = chooseMarks([this.template, JSON.stringify(inputs)]);
    const render = this.renderer(marks, inputs);
    return unmarked(render(inputs.messages, options.addGenerationPrompt), marks).text;
  }

  /** Assistant turns that this conversation shows differently than they were when they were generated. */
  changedTurns(messages: readonly Message[], template: TemplateInputs | null): readonly number[] {
    const inputs = this.inputsOf(messages, { template });
    const marks = chooseMarks([this.template, JSON.stringify(inputs)]);
    const marked = this.renderer(marks, inputs);
    const plainly = this.unmarking(marked, marks);
    return findTurns(plainly.render(inputs.messages, false), inputs.messages, plainly).changed;
  }

  /** Whether the template prints lists of text parts like the text that they hold, and needs them joined otherwise. */
  joinsParts(): boolean {
    this.joinsPartsFirst ??= !this.readsParts();
    return this.joinsPartsFirst;
  }

  /** Whether the template names `strftime_now`. */
  asksForDate(): boolean {
    this.hasDate ??= namesClock(this.template);
    return this.hasDate;
  }

  /** Read once the template has been compiled: one that does not parse is refused there. */
  private marksTurns(): boolean {
    this.hasTags ??= hasGenerationTags(this.template);
    return this.hasTags;
  }

  private readsParts(): boolean {
    const render = this.renderer(chooseMarks([this.template]), {});
    const shown = (content: unknown) => render([{ role: 'user', content }], true);
    const ofParts = orNull(() => shown([{ type: 'text', text: 'ping' }]));
    return ofParts !== null && ofParts === orNull(() => shown('ping'));
  }

  private unmarking(marked: RenderTurns, marks: ChatMarks): TurnRendering {
    return { render: (turns, asPrompt) => unmarked(marked(turns, asPrompt), marks).text, specials: this.specials };
  }

  private inputsOf(messages: readonly Message[], { template }: Pick<RenderOptions, 'template'>) {
    const hasParts = messages.some(({ content }) => Array.isArray(content));
    const { tools, documents, variables } = template ?? {};
    return { messages: templateMessages(messages, hasParts && this.joinsParts()), tools, documents, variables };
  }

  private renderer(marks: ChatMarks, { tools, documents, variables }: Omit<TemplateInputs, 'messages'>): RenderTurns {
    const template = this.compile(marks);
    return (messages, asPrompt) => {
      const own = { messages, add_generation_prompt: asPrompt, tools: tools ?? null, documents: documents ?? null };
      try {
        return template({ ...this.tokens, ...variables, ...own });
      } catch (error) {
        throw failedHere(error);
      }
    };
  }

  private compile({ start, end }: ChatMarks): RenderTemplate {
    const key = start + end;
    const known = this.compiled.get(key) ?? compileTemplate(this.template, { marks: { start, end } });
    // The markers are the same for all but malicious messages.
    if (this.compiled.size < 4) this.compiled.set(key, known);
    return known;
  }
}

/**
 * Which message each marked span belongs to: in order if there is one for each assistant turn, otherwise by where the
 * turns stand. A span that no turn accounts for belongs to none in particular (-1).
 */
function turnsOfMarks(
  spans: readonly TurnSpan[],
  whole: string,
  messages: readonly TemplateMessage[],
  rendering: TurnRendering,
): readonly TurnSpan[] {
  const turns = messages.flatMap(({ role }, turn) => (role === 'assistant' ? [turn] : []));
  if (turns.length === spans.length) return spans.map((span, index) => ({ ...span, turn: turns[index] as number }));
  const found = findTurns(whole, messages, rendering).spans;
  return spans.map((span) => ({
    ...span,
    turn: found.find(({ start, end }) => span.start < end && span.end > start)?.turn ?? -1,
  }));
}
