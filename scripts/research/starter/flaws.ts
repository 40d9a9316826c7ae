import { COLORS, DAYS, HARD_DAMAGES, NAMES, PARTS, PRODUCTS, SOFT_DAMAGES } from './catalog.ts';
import type { Dice } from './random.ts';
import { composeReply, type Tone } from './replies/compose.ts';
import { REMEDIES, type Remedy, type Scenario } from './scenario.ts';
import { expand, polish } from './template.ts';

/** A fact that a reply can get wrong. */
const FACTS = ['name', 'product', 'color', 'day', 'damage', 'part', 'size', 'remedy'] as const;
type Fact = (typeof FACTS)[number];

/** Remedies whose replies make sense for any issue, so that only the fact is wrong, not the sentence. */
const LOOSE_REMEDIES: readonly Remedy[] = ['refund', 'replace', 'repair', 'track', 'cancel', 'move'];

function other<T>(dice: Dice, items: readonly T[], not: readonly (T | null)[]): T {
  return dice.pick(items.filter((item) => !not.includes(item)));
}

const CHANGES: Readonly<Record<Fact, (scenario: Scenario, dice: Dice) => Scenario>> = {
  name: (scenario, dice) => ({ ...scenario, name: other(dice, NAMES, [scenario.name]) }),
  product: (scenario, dice) => {
    const { product, wrongProduct } = scenario;
    const like = PRODUCTS.filter((item) => item.kind === product.kind && item.plural === product.plural);
    return { ...scenario, product: { ...other(dice, like, [product, wrongProduct]), part: product.part } };
  },
  color: (scenario, dice) => ({ ...scenario, color: other(dice, COLORS, [scenario.color, scenario.wrongColor]) }),
  day: (scenario, dice) => ({ ...scenario, day: other(dice, DAYS, [scenario.day]) }),
  damage: (scenario, dice) => {
    const kinds = scenario.product.kind === 'home' ? HARD_DAMAGES : SOFT_DAMAGES;
    return { ...scenario, damage: other(dice, kinds, [scenario.damage]) };
  },
  part: (scenario, dice) => {
    const { product } = scenario;
    return { ...scenario, product: { ...product, part: other(dice, PARTS, [product.part]) } };
  },
  size: (scenario) => ({ ...scenario, fit: scenario.fit === 'big' ? 'small' : 'big' }),
  remedy: (scenario, dice) => ({ ...scenario, remedy: other(dice, LOOSE_REMEDIES, [scenario.remedy]) }),
};

/** The same reply twice, once with the facts and once with one of them wrong. */
export interface WrongFact {
  readonly right: string;
  readonly wrong: string;
  readonly fact: Fact;
}

const REMEDY_WORDS = new RegExp(
  `\\b(${[...REMEDIES, 'replacement', 'carrier', 'deliver', 'delivery'].join('|')})`,
  'i',
);

/** Looks for a fact that this scenario's reply mentions and gets it wrong; null when none of the tries shows. */
export function breakFact(scenario: Scenario, tone: Tone, dice: Dice): WrongFact | null {
  const seed = dice.below(2 ** 31);
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const fact = dice.pick(FACTS);
    const changed = CHANGES[fact](scenario, dice);
    const right = composeReply(scenario, tone, fixedDice(seed));
    const wrong = composeReply(changed, tone, fixedDice(seed));
    if (right !== wrong && (fact !== 'remedy' || REMEDY_WORDS.test(wrong))) return { right, wrong, fact };
  }
  return null;
}

/** A dice that repeats the same choices, whatever the lists it picks from. */
function fixedDice(seed: number): Dice {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
  return { below, pick: (items) => items[below(items.length)]!, chance: (p) => below(1000) < p * 1000 };
}

const FILLERS = [
  'we [value|read] every message.',
  'our shop has [many|very many] products.',
  'our team [works|is busy] [every day|all week].',
  'we have [been here|sold things] for [ten|twenty|thirty] years.',
  '[customers|many people] [like|visit] our shop.',
  'there are [many|some] pages on our website.',
  '[last|this] year we [moved|opened] a second [store|office].',
  'many things [happen|go on] in a shop like ours.',
  'we [think|talk] about [quality|service] [a lot|very often].',
  'some orders are [big|small] and some are not.',
];

/** Long, and no help: no step, no apology, only talk. */
export function rambleReply(dice: Dice): string {
  const lines = FILLERS.map((line, index) => ({ line, order: dice.below(1000) + index / 10 }));
  lines.sort((a, b) => a.order - b.order);
  const talk = lines.slice(0, 5 + dice.below(5)).map(({ line }) => expand(line, {}, dice));
  return polish([dice.chance(0.5) ? 'hello.' : '', ...talk]);
}

/** A reply that says one of its own sentences two or three times over. */
export function repeatReply(reply: string, dice: Dice): string {
  const sentences = reply.match(/[^.!?]+[.!?]+ ?/g) ?? [reply];
  const at = dice.below(sentences.length);
  const again = Array.from({ length: 2 + dice.below(2) }, () => sentences[at]!.trim());
  return polish([...sentences.slice(0, at), ...again, ...sentences.slice(at + 1)].map((line) => line.trim()));
}
