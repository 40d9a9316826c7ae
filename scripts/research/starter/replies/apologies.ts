import type { Issue } from '../scenario.ts';

const CAUSES: Readonly<Record<Issue, readonly string[]>> = {
  broken: [
    'that [your|the] {p} [arrived|came] {damage}',
    'about the {damage} {p}',
    'that [your|the] {p} {was} {damage}',
  ],
  late: [
    'that [your|the] {p} did not [come|arrive] on {day}',
    'about the [delay|long wait] [with|for] your {p}',
    'that [your|the] {p} {was} not there on {day}',
  ],
  size: ['that [your|the] {p} {is} {fit}', 'that [your|the] {p} did not fit'],
  color: [
    'that [your|the] {n} came in {wrongcolor}',
    'that we sent you {awrong} instead of {ap}',
    'about the wrong color of [your|the] {n}',
  ],
  part: [
    'that the {part} of your {p} is missing',
    'that [your|the] {p} came without the {part}',
    'about the missing {part} of [your|the] {p}',
  ],
  item: [
    'that you got {other} instead of {ap}',
    'that we sent {other} and not [your|the] {p}',
    'about the mix-up with [your|the] {p}',
  ],
  twice: ['that you were charged twice for [your|the] {p}', 'about the double charge for [your|the] {p}'],
  cancel: ['that you no longer want the {p}'],
  day: ['that the delivery of your {p} did not suit you'],
  return: ['that the {p} did not work out [for you|]', 'that you [did not like|were not happy with] the {p}'],
};

const SORRY = {
  polite: ['[we are|I am] sorry {cause}.', '[we|I] apologize {cause}.', 'sorry {cause}.'],
  warm: [
    '[we are|I am] [so|very|truly|really] sorry {cause}.',
    '[I am|we are] so sorry to [hear|read] {cause}.',
    'I [sincerely|truly] apologize {cause}.',
  ],
} as const;

/** Where nothing went wrong, a kind word takes the place of an apology. */
const GLADLY: Readonly<Partial<Record<Issue, Readonly<Record<'polite' | 'warm', readonly string[]>>>>> = {
  cancel: {
    polite: ['[we|I] understand that you no longer [need|want] the {p}.', 'of course you can cancel the {p}.'],
    warm: [
      'I [fully|completely|] understand, and it is no problem [at all|] to cancel the {p}.',
      'of course you can cancel the {p}, [that is|it is] no problem at all.',
      'plans change, and I am [glad|happy] to help you with [your order for|] the {p}.',
    ],
  },
  day: {
    polite: ['of course we can change the delivery of your {p}.', '[we are|I am] [happy|glad] to help with your {p}.'],
    warm: [
      'I am [so|very|] [happy|glad] to help you with [the delivery of|] your {p}.',
      'of course we can find a better day for your {p}.',
      'it is no problem at all to bring your {p} on another day.',
    ],
  },
  return: {
    polite: ['[we|I] understand that you no longer [need|want] the {p}.', 'of course you can return the {p}.'],
    warm: [
      'I [fully|completely|] understand, and it is no problem [at all|] to return the {p}.',
      'of course you can return the {p}, [that is|it is] no problem at all.',
    ],
  },
};

/** Sentences that take the customer's trouble seriously, with `{cause}` already filled by templates. */
export function apologiesFor(issue: Issue, tone: 'polite' | 'warm'): readonly string[] {
  const gladly = GLADLY[issue];
  if (gladly) return gladly[tone];
  return SORRY[tone].flatMap((sorry) => CAUSES[issue].map((cause) => sorry.replace('{cause}', cause)));
}
