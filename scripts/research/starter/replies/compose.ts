import type { Dice } from '../random.ts';
import { type Scenario, slotsOf } from '../scenario.ts';
import { expand, polish } from '../template.ts';
import { apologiesFor } from './apologies.ts';
import { stepsFor } from './steps.ts';

/** From least to most helpful. */
export const TONES = ['cold', 'curt', 'plain', 'polite', 'warm'] as const;
export type Tone = (typeof TONES)[number];

const COLD_OPENINGS = [
  '',
  '',
  'that is not our [fault|problem].',
  'we [hear this|get such mail] every day.',
  '[your message|this] is [not clear|no news].',
];

const CURT_ENDINGS = ['', '', '', 'bye.', 'that is all.', '[done|next].'];

const PLAIN_OPENINGS = ['', '{name},', 'hello {name}.', 'hello.'];

const CURT_OPENINGS = ['', '', '', '{name},'];

const PLAIN_ENDINGS = ['', '', 'thank you.', 'please [keep|have] your receipt [ready|].'];

const GREETINGS = {
  polite: ['[hello|dear|hi] {name},', '[hello|hi] {name}.'],
  warm: [
    '[hello|dear|hi] {name},',
    '[hello|hi] {name}!',
    '[hello|hi|dear] {name}, [thank you|thanks] for [writing|your message|telling us].',
    '[thank you|thanks] for [writing|your message|telling us], {name}.',
  ],
} as const;

const CLOSINGS = {
  polite: ['', 'thank you.', '[kind|best] regards.', 'thank you for your patience.'],
  warm: [
    '[thank you|thanks] [so much|] for your patience!',
    '[have a|I wish you a] [lovely|wonderful|great] [day|evening|week]!',
    '[please|just] [write|call] [me|us] [any time|] if you need [anything|more help].',
    'we are [always|] here [for you|to help].',
  ],
} as const;

/** One fluent reply that keeps to the facts of the scenario. */
export function composeReply(scenario: Scenario, tone: Tone, dice: Dice): string {
  const slots = slotsOf(scenario);
  return polish(partsOf(scenario, tone).map((choices) => expand(dice.pick(choices), slots, dice)));
}

function partsOf({ issue, remedy }: Scenario, tone: Tone): readonly (readonly string[])[] {
  if (tone === 'cold') return [COLD_OPENINGS, stepsFor(issue, remedy, 'cold')];
  if (tone === 'curt') return [CURT_OPENINGS, stepsFor(issue, remedy, 'curt'), CURT_ENDINGS];
  if (tone === 'plain') return [PLAIN_OPENINGS, stepsFor(issue, remedy, 'plain'), PLAIN_ENDINGS];
  const steps = stepsFor(issue, remedy, tone === 'warm' ? 'warm' : 'plain');
  return [GREETINGS[tone], apologiesFor(issue, tone), steps, CLOSINGS[tone]];
}
