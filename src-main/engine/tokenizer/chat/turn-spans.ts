import { orNull } from './or-null.ts';
import type { TemplateMessage } from './template-messages.ts';

/** Renders the first messages of a conversation. */
export type RenderTurns = (messages: readonly TemplateMessage[], addGenerationPrompt: boolean) => string;

/** Where an assistant turn stands in the rendering of the whole conversation, its end-of-turn text included. */
export interface TurnSpan {
  /** Index of the message. */
  readonly turn: number;
  readonly start: number;
  readonly end: number;
}

export interface TurnSpans {
  readonly spans: readonly TurnSpan[];
  /** Assistant turns that the whole conversation shows differently than they were when they were generated. */
  readonly changed: readonly number[];
}

/** The template, and what it writes as special tokens. */
export interface TurnRendering {
  readonly render: RenderTurns;
  readonly specials: readonly string[];
}

/**
 * Where a turn begins whose text continues `before` in `after`: after the prompt, or where both still agree. TRL splits
 * them at the first character that differs, which may lie within a tag; here the header ends with a line or a special
 * token.
 */
function seam(before: string, after: string, specials: readonly string[]): number {
  if (after.startsWith(before)) return before.length;
  const shorter = Math.min(before.length, after.length);
  let length = 0;
  while (length < shorter && before[length] === after[length]) length++;
  const shared = after.slice(0, length);
  const ends = specials.map((special) => shared.lastIndexOf(special) + special.length);
  return Math.max(shared.lastIndexOf('\n') + 1, ...ends.filter((end, index) => end >= specials[index]!.length));
}

/**
 * Where the text of the assistant's turn begins that `after` ends with. A generation prompt may hold more than the turn
 * (an open `<think>`), so they are compared as far as they agree. A template that renders no empty conversation still
 * shows the header of its turns at the end of a longer one.
 */
function startOfTurn(
  messages: readonly TemplateMessage[],
  turn: number,
  after: string,
  { render, specials }: TurnRendering,
): number | null {
  const before = orNull(() => render(messages.slice(0, turn), true));
  if (before !== null) return seam(before, after, specials);
  const next = orNull(() => render(messages.slice(0, turn + 1), true));
  if (next === null || !next.startsWith(after) || next.length === after.length) return null;
  const header = next.slice(after.length);
  const place = after.lastIndexOf(header);
  return place === -1 ? null : place + header.length;
}

/**
 * The assistant's turns in the rendering of a whole conversation: a turn is the text that is added when the template
 * receives one more message. A turn counts as changed unless the whole starts with what ends with it.
 */
export function findTurns(
  whole: string,
  messages: readonly TemplateMessage[],
  rendering: TurnRendering,
  endsWithPrompt = false,
): TurnSpans {
  const spans: TurnSpan[] = [];
  const changed: number[] = [];
  let done = 0;
  messages.forEach(({ role }, turn) => {
    if (role !== 'assistant') return;
    const isWhole = turn === messages.length - 1 && !endsWithPrompt;
    const after = isWhole ? whole : orNull(() => rendering.render(messages.slice(0, turn + 1), false));
    const start = after !== null && whole.startsWith(after) ? startOfTurn(messages, turn, after, rendering) : null;
    if (after === null || start === null) {
      changed.push(turn);
      return;
    }
    const from = Math.max(start, done);
    if (from < after.length) spans.push({ turn, start: from, end: after.length });
    done = Math.max(done, after.length);
  });
  return { spans, changed };
}
