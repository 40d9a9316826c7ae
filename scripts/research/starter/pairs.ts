import { breakFact, rambleReply, repeatReply } from './flaws.ts';
import { type Dice, pickWeighted } from './random.ts';
import { composeReply, TONES, type Tone } from './replies/compose.ts';
import type { Scenario } from './scenario.ts';

export interface Pair {
  readonly chosen: string;
  readonly rejected: string;
}

/** Why one reply is better than the other. */
const REASONS = [
  ['tone', 60],
  ['fact', 5],
  ['fact_over_tone', 3],
  ['repeats', 14],
  ['rambles', 18],
] as const;
export type Reason = (typeof REASONS)[number][0];

/** How often each tone is the better reply of a pair: what people prefer is mostly, not always, the best there is. */
const CHOSEN_TONES: readonly (readonly [Tone, number])[] = [
  ['warm', 75],
  ['polite', 20],
  ['plain', 5],
];

/** How often the starting policy speaks in each tone: mostly cold, curt or plain. */
export const STARTING_TONES: readonly (readonly [Tone, number])[] = [
  ['cold', 18],
  ['curt', 26],
  ['plain', 26],
  ['polite', 16],
  ['warm', 14],
];

function contrastTones(scenario: Scenario, dice: Dice): Pair {
  const better = pickWeighted(dice, CHOSEN_TONES);
  const worse = dice.pick(TONES.slice(0, TONES.indexOf(better)));
  return { chosen: composeReply(scenario, better, dice), rejected: composeReply(scenario, worse, dice) };
}

function contrastFacts(scenario: Scenario, dice: Dice): Pair | null {
  const flawed = breakFact(scenario, pickWeighted(dice, CHOSEN_TONES), dice);
  return flawed && { chosen: flawed.right, rejected: flawed.wrong };
}

/** A plainer reply that is right beats a warmer one that is wrong. */
function preferFacts(scenario: Scenario, dice: Dice): Pair | null {
  const flawed = breakFact(scenario, dice.chance(0.7) ? 'warm' : 'polite', dice);
  return (
    flawed && { chosen: composeReply(scenario, dice.pick(['plain', 'polite', 'warm']), dice), rejected: flawed.wrong }
  );
}

const CONTRASTS: Readonly<Record<Reason, (scenario: Scenario, dice: Dice) => Pair | null>> = {
  tone: contrastTones,
  fact: contrastFacts,
  fact_over_tone: preferFacts,
  repeats: (scenario, dice) => {
    const chosen = composeReply(scenario, pickWeighted(dice, CHOSEN_TONES), dice);
    return { chosen, rejected: repeatReply(chosen, dice) };
  },
  rambles: (scenario, dice) => ({
    chosen: composeReply(scenario, pickWeighted(dice, CHOSEN_TONES), dice),
    rejected: rambleReply(dice),
  }),
};

/** A better and a worse reply to the scenario's message. */
export function writePair(scenario: Scenario, dice: Dice): Pair {
  const reason = pickWeighted<Reason>(dice, REASONS);
  return CONTRASTS[reason](scenario, dice) ?? contrastTones(scenario, dice);
}
