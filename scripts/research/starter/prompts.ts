import type { Dice } from './random.ts';
import { type Issue, type Remedy, type Scenario, slotsOf } from './scenario.ts';
import { expand, polish } from './template.ts';

const OPENINGS = [
  '[hello|hi|hi there|good morning|good day], [this is|I am|my name is] {name}.',
  '[hello|hi|hey], {name} here.',
  '[this is|I am|my name is] {name}.',
];

const SIGNATURES = ['[thanks|thank you|many thanks|best wishes|kind regards|regards|greetings], {name}'];

const ISSUE_LINES: Readonly<Record<Issue, readonly string[]>> = {
  broken: [
    '[the|my] {p} [that I ordered|I bought|from your shop|] [arrived|came] {damage}.',
    'I [opened|unpacked] the box [today|yesterday|] and the {p} {was} {damage}.',
    'I [got|received] {ap} from you [today|yesterday|] and {they} {is} {damage}.',
  ],
  late: [
    '[the|my] {p} {was} due on {day} and {is} still not here.',
    'I am still waiting for my {p}. You promised {it} for {day}.',
    'you said [the|my] {p} would come on {day}, but nothing [came|has come|arrived].',
  ],
  size: [
    'the {p} [I ordered|I bought|from your shop|] {is} {fit} [for me|].',
    'I tried on the {p} and {they} {is} [much|] {fit}.',
    'I [got|received] my {p} [today|yesterday|], but {they} {is} {fit}.',
  ],
  color: [
    'I ordered {ap} but [got|received|you sent me] {awrong}.',
    'the {n} [I got|that came|in the box] {is} {wrongcolor}, but I ordered {color}.',
    'you sent [me|] {awrong}, but I [ordered|wanted|asked for] {ap}.',
  ],
  part: [
    '[the|my] {p} came without the {part}.',
    'the {part} of my [new|] {p} is missing.',
    'I [opened|unpacked] the {p} and the {part} was missing.',
  ],
  item: [
    'I ordered {ap} but [got|received|you sent me] {other}.',
    'you sent me {other}, but I [ordered|wanted|asked for] {ap}.',
    'instead of my {p} I [got|received] {other}.',
  ],
  twice: [
    'I was charged twice for [the|my] {p}.',
    'you [took|charged] the [price|money] for my {p} twice.',
    'my card was charged two times for [the|my] {p}.',
  ],
  cancel: [
    '[please cancel|I want to cancel|can you cancel|I need to cancel] my order for [the|my] {p}[, I do not need {it} now|, I ordered by mistake|].',
    'I ordered {ap} [by mistake|too early|yesterday|this morning]. [please cancel {it}|please cancel the order|I want to cancel that].',
  ],
  day: [
    '[can|could] you [deliver|bring] [the|my] {p} on {day}[ instead|]?',
    'I am not home this week. please [deliver|bring] my {p} on {day}.',
    '[the|my] {p} should come tomorrow, but I [work|am away] then. [is {day} possible|can you deliver on {day}|please bring {it} on {day}]?',
  ],
  return: [
    'I [changed my mind about|do not need|no longer need|do not like] the {p} [I bought|from your shop|].',
    'I [bought|ordered] {ap}, but I [changed my mind|do not need {it}].',
  ],
};

const WISHES: Readonly<Record<Remedy, readonly string[]>> = {
  refund: [
    'I [would like|want] [a refund|my money back].',
    'can I [get|have] [a refund|my money back]?',
    'please [give me|send me] [a refund|my money back].',
  ],
  replace: ['please send me a new {one}.', 'can I [get|have] a new {one}?', 'I would like a [replacement|new {one}].'],
  repair: ['can you [repair|fix] {it}?', 'I would like to have {it} [repaired|fixed].', 'please [repair|fix] {it}.'],
  track: ['where {is} {they}?', 'when will {they} [come|arrive]?', 'please tell me where {they} {is}.'],
  exchange: [],
  part: ['[can|could] you send [it|the {part}]?', 'please send me the [missing|] {part}.', 'I need the {part}.'],
  cancel: [''],
  move: [''],
};

const EXCHANGES: Readonly<Partial<Record<Issue, readonly string[]>>> = {
  size: [
    'can I [swap|exchange] {it} for a {size} [{one}|size]?',
    'I would like to exchange {it} for a {size} [{one}|size].',
  ],
  color: ['can you [swap|exchange] {it}?', 'I would like to exchange {it}.', 'please swap {it} for the {color} {one}.'],
  item: ['can you [swap|exchange] {it}?', 'I would like to exchange {it}.', 'please swap {it} for the {n}.'],
};

const ASIDES = [
  '{they} {was} a gift for my [sister|mother|brother|friend|son|daughter|father].',
  'I need {it} [for a trip|soon|for work|next week].',
  'I am [a bit|quite|very] disappointed.',
];

const NO_ASIDE: readonly Issue[] = ['cancel', 'return', 'day', 'twice'];

/** The customer's message, with the line that the shop's answer continues. */
export function writePrompt(scenario: Scenario, dice: Dice): string {
  const slots = slotsOf(scenario);
  const line = (choices: readonly string[]): string => expand(dice.pick(choices), slots, dice);
  const signed = dice.chance(0.4);
  const wishes = scenario.remedy === 'exchange' ? EXCHANGES[scenario.issue]! : WISHES[scenario.remedy];
  const aside = dice.chance(0.25) && !NO_ASIDE.includes(scenario.issue) ? line(ASIDES) : '';
  const opening = signed ? expand('[hello.|hi.|good day.||]', slots, dice) : line(OPENINGS);
  const parts = [opening, line(ISSUE_LINES[scenario.issue]), aside, line(wishes), signed ? line(SIGNATURES) : ''];
  return `Customer: ${polish(parts)}\nSupport:`;
}
