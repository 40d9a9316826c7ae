import type { Dice } from './random.ts';

/** Words that fill `{slots}` of a template. */
export type Slots = Readonly<Record<string, string>>;

/**
 * Expands a template: `[a|b|]` is a choice (an empty branch leaves nothing), `{slot}` a fact. Choices nest.
 * Every branch is drawn, taken or not, so two expansions with equal dice differ only where their slots do.
 */
export function expand(template: string, slots: Slots, dice: Dice): string {
  let text = template;
  for (;;) {
    const inner = /\[([^[\]]*)\]/.exec(text);
    if (!inner) break;
    const chosen = dice.pick(inner[1]!.split('|'));
    text = text.slice(0, inner.index) + chosen + text.slice(inner.index + inner[0].length);
  }
  return text.replace(/\{(\w+)\}/g, (_, slot: string) => fill(slot, slots, template));
}

function fill(slot: string, slots: Slots, template: string): string {
  const word = slots[slot];
  if (word === undefined) throw new Error(`No word for {${slot}} in "${template}"`);
  return word;
}

/** Joins sentences: single spaces, no space before punctuation, a capital after each full stop. */
export function polish(parts: readonly string[]): string {
  const text = parts
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,!?])/g, '$1')
    .trim();
  return text.replace(/(^|[.!?] )([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}
