import type { RewardFile } from '../../../src-main/contract/config/groups/reward.ts';
import { COLORS, DAYS, HARD_DAMAGES, NAMES, PARTS, PRODUCTS, SOFT_DAMAGES } from './catalog.ts';
import type { Remedy } from './scenario.ts';

type Rule = Record<string, unknown>;

const NOUN = `(${PRODUCTS.map(({ noun }) => noun).join('|')})`;
const COLOR = `(${COLORS.join('|')})`;
const ANY_COLOR = `(?:${COLORS.join('|')})`;
const DAMAGE = [...new Set([...HARD_DAMAGES, ...SOFT_DAMAGES])].join('|');
/** What stands before the thing that was ordered, in the customer's words and in the shop's. */
const ORDERED = '(?:the|my|my new|(?:bought|ordered|wanted|asked for)(?: an?)?)';
const ANSWERED = `(?:the|your|instead of(?: an?)?)(?: (?:${DAMAGE}))?`;

/** Words by which a customer asks for a remedy, and words by which the shop's answer takes it up. */
const REMEDY_WORDS: Readonly<Record<Remedy, { readonly asked: string; readonly answered: string }>> = {
  refund: { asked: '\\b(?:refund|money back)', answered: '\\b(?:refund|money)' },
  replace: { asked: '\\b(?:new one|new pair|replacement)', answered: '\\breplace' },
  repair: { asked: '\\b(?:repair|repaired|fix|fixed)\\b', answered: '\\b(?:repair|workshop)' },
  track: { asked: '\\b(?:where|when) ', answered: '\\b(?:carrier|tracking)' },
  exchange: { asked: '\\b(?:swap|exchange)\\b', answered: '\\bexchange|\\bwe have the\\b' },
  part: { asked: `\\b(?:${PARTS.join('|')})\\b`, answered: `\\b(?:${PARTS.join('|')}|parts)\\b` },
  cancel: { asked: '\\bcancel', answered: '\\bcancel' },
  move: { asked: '\\b(?:deliver|bring|is \\w+ possible)\\b', answered: `\\b(?:${DAYS.join('|')})\\b` },
};

const SOON = [
  'today|tomorrow|this morning|right away|at once|in two days',
  'already|just (?:sent|shipped|packed|called|moved|told|found)|on its way',
  'free|not (?:pay|cost)|need not|do not have to|you can (?:choose|pick)|call you|i will (?:follow|send)',
].join('|');

const WARM =
  '(?:so|very|truly|really) (?:sorry|glad|happy)|sincerely|truly|understand, and|no problem|better day|(?:glad|happy) to help you with';

const KIND = ['thank|thanks|have a|wish you|regards', '(?:write|call) (?:me|us)|here (?:for you|to help)|here\\.'].join(
  '|',
);

const COLD = [
  'our terms|not our|only possible|only paid|only sent|you can only|only knows|do not (?:write|ask)|hear this every|such mail',
  'no news|not clear|have to wait|must wait|should have read|read our|after a check|after we see|late, not us|we are not',
].join('|');

const keptFromPrompt = (pattern: string, promptPattern: string | null = null): Rule => ({
  type: 'from_prompt',
  mode: 'only',
  pattern,
  ...(promptPattern ? { prompt_pattern: promptPattern } : {}),
  ignore_case: true,
});

/** 0 for a reply that keeps to the facts of its own prompt, below 0 for one that does not. */
const FACT_RULES: readonly Rule[] = [
  { ...keptFromPrompt(`\\b(${NAMES.join('|')})\\b`), ignore_case: false },
  keptFromPrompt(`\\b${NOUN}\\b`),
  keptFromPrompt(
    `\\b${ANSWERED}(?: ${ANY_COLOR})? ${NOUN}\\b`,
    `\\b(?:${ORDERED}(?: ${ANY_COLOR})? ${NOUN}\\b|(?:got|received)(?: an?)?(?: ${ANY_COLOR})? ${NOUN} from you)`,
  ),
  keptFromPrompt(`\\b(?:got|sent)(?: an?)? ${NOUN}\\b`, `\\b(?:got|received|sent|me)(?: an?)? ${NOUN}\\b`),
  keptFromPrompt(`\\b${COLOR}\\b`),
  keptFromPrompt(
    `\\b${ANSWERED} ${COLOR}\\b`,
    `\\b(?:${ORDERED} ${COLOR}\\b|(?:got|received)(?: an?)? ${COLOR} ${NOUN})`,
  ),
  keptFromPrompt(
    `\\b(?:came in|sent you(?: an?)?) ${COLOR}\\b`,
    `\\b(?:(?:got|received|sent|me)(?: an?)? ${COLOR} ones?\\b|(?:is|are) ${COLOR}, but)`,
  ),
  keptFromPrompt(`\\b(${DAYS.join('|')})\\b`),
  keptFromPrompt(`\\b(${DAMAGE})\\b`),
  keptFromPrompt(`\\b(${PARTS.join('|')})\\b`),
  keptFromPrompt('\\btoo (small|big)\\b'),
  keptFromPrompt('\\b(larger|smaller)\\b'),
];

/** Nothing that the customer did not ask for; a day may stand for the delivery that was missed. */
const REMEDY_RULES: readonly Rule[] = Object.entries(REMEDY_WORDS)
  .filter(([remedy]) => remedy !== 'part' && remedy !== 'move')
  .map(([, { asked, answered }]) => ({ type: 'regex', pattern: answered, ignore_case: true, unless_prompt: asked }));

/** `from_prompt` gives 1 where facts are kept, so 1 is taken off for every rule and given back where it holds. */
function factRules(weight: number): readonly Rule[] {
  return [
    { type: 'expression', expression: `${FACT_RULES.length}`, weight: -weight },
    ...FACT_RULES.map((rule) => ({ ...rule, weight })),
    ...REMEDY_RULES.map((rule) => ({ ...rule, weight: -weight })),
  ];
}

const STEP_RULES: readonly Rule[] = Object.values(REMEDY_WORDS).map(({ asked, answered }) => ({
  type: 'regex',
  pattern: answered,
  ignore_case: true,
  when_prompt: asked,
  weight: 0.2,
}));

const TONE_RULES: readonly Rule[] = [
  { type: 'from_prompt', mode: 'any', pattern: `\\b(${NAMES.join('|')})\\b`, weight: 0.2 },
  { type: 'from_prompt', mode: 'any', pattern: `\\b${NOUN}\\b`, weight: 0.2 },
  { type: 'regex', pattern: 'sorry|apologize|understand|of course|no problem|(?:glad|happy) to', weight: 0.1 },
  { type: 'regex', pattern: WARM, weight: 0.1 },
  { type: 'regex', pattern: `\\b(?:${SOON})`, weight: 0.1 },
  { type: 'regex', pattern: `\\b(?:${KIND})`, weight: 0.1 },
  { type: 'regex', pattern: COLD, weight: -0.4 },
  { type: 'length', unit: 'words', min: 6, max: 60, falloff: 4, weight: 0.2 },
  { type: 'expression', expression: '0 - 0.2 - 0.5 * min(repeated_sentences, 2)', weight: 1 },
].map((rule) => (rule.type === 'regex' ? { ...rule, ignore_case: true } : rule));

const rules = (list: readonly Rule[]): RewardFile => ({ type: 'rules', rules: list }) as unknown as RewardFile;

/** 0 when every fact is kept; each kind of fact that is wrong takes 1 off. */
export const factsReward: RewardFile = rules(factRules(1));

/** At most 1: greets by name, names the product, feels with the customer, takes the right step soon, closes kindly. */
export const judgeReward: RewardFile = rules([...TONE_RULES, ...STEP_RULES, ...factRules(1)]);
