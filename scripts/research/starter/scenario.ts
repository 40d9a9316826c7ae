import { COLORS, DAYS, HARD_DAMAGES, NAMES, PRODUCTS, type Product, SOFT_DAMAGES, withArticle } from './catalog.ts';
import { type Dice, pickWeighted } from './random.ts';
import type { Slots } from './template.ts';

export const ISSUES = ['broken', 'late', 'size', 'color', 'part', 'item', 'twice', 'cancel', 'day', 'return'] as const;
export type Issue = (typeof ISSUES)[number];

/** What the customer wants done, and so what a right reply does. */
export const REMEDIES = ['refund', 'replace', 'repair', 'track', 'exchange', 'part', 'cancel', 'move'] as const;
export type Remedy = (typeof REMEDIES)[number];

/** Every remedy that an issue can ask for, by weight. */
const CASES: readonly (readonly [readonly [Issue, Remedy], number])[] = [
  [['broken', 'replace'], 4],
  [['broken', 'refund'], 2],
  [['broken', 'repair'], 3],
  [['late', 'track'], 5],
  [['late', 'refund'], 3],
  [['size', 'exchange'], 4],
  [['size', 'refund'], 2],
  [['color', 'exchange'], 3],
  [['color', 'refund'], 1],
  [['part', 'part'], 4],
  [['item', 'exchange'], 3],
  [['item', 'refund'], 1],
  [['twice', 'refund'], 2],
  [['cancel', 'cancel'], 3],
  [['day', 'move'], 6],
  [['return', 'refund'], 2],
];

/** The facts of one message to the shop. */
export interface Scenario {
  readonly issue: Issue;
  readonly remedy: Remedy;
  readonly name: string;
  readonly product: Product;
  readonly color: string | null;
  readonly day: string;
  readonly damage: string;
  readonly fit: 'small' | 'big';
  /** The color that came instead of `color`. */
  readonly wrongColor: string;
  /** The product that came instead. */
  readonly wrongProduct: Product;
}

function fits(product: Product, issue: Issue, remedy: Remedy): boolean {
  if (issue === 'size') return product.kind === 'clothes';
  if (issue === 'part') return product.part !== null;
  return remedy !== 'repair' || product.kind === 'home';
}

function pickOther<T>(dice: Dice, items: readonly T[], not: T | null): T {
  return dice.pick(items.filter((item) => item !== not));
}

/** Draws the facts of one message. */
export function drawScenario(dice: Dice): Scenario {
  const [issue, remedy] = pickWeighted(dice, CASES);
  const product = dice.pick(PRODUCTS.filter((item) => fits(item, issue, remedy)));
  const color = issue === 'color' || dice.chance(0.45) ? dice.pick(COLORS) : null;
  return {
    issue,
    remedy,
    name: dice.pick(NAMES),
    product,
    color,
    day: dice.pick(DAYS),
    damage: dice.pick(product.kind === 'home' ? HARD_DAMAGES : SOFT_DAMAGES),
    fit: dice.pick(['small', 'big'] as const),
    wrongColor: pickOther(dice, COLORS, color),
    wrongProduct: pickOther(dice, PRODUCTS, product),
  };
}

/** The key by which prompts are divided: no two splits share a name, product and issue together. */
export function scenarioKey({ name, product, issue }: Scenario): string {
  return `${name}|${product.noun}|${issue}`;
}

/** The words of a scenario, ready for templates. */
export function slotsOf(scenario: Scenario): Slots {
  const { product, color, wrongColor, wrongProduct, fit } = scenario;
  const { plural, noun } = product;
  const full = color ? `${color} ${noun}` : noun;
  return {
    name: scenario.name,
    n: noun,
    p: full,
    ap: withArticle(full, plural),
    it: plural ? 'them' : 'it',
    they: plural ? 'they' : 'it',
    is: plural ? 'are' : 'is',
    was: plural ? 'were' : 'was',
    has: plural ? 'have' : 'has',
    this: plural ? 'these' : 'this',
    one: plural ? 'pair' : 'one',
    day: scenario.day,
    damage: scenario.damage,
    part: product.part ?? '',
    fit: `too ${fit}`,
    size: fit === 'small' ? 'larger' : 'smaller',
    color: color ?? '',
    wrongcolor: wrongColor,
    awrong: plural ? `${wrongColor} ones` : withArticle(`${wrongColor} one`, false),
    other: withArticle(wrongProduct.noun, wrongProduct.plural),
  };
}
