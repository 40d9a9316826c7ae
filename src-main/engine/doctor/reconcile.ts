import type { Remedy } from '#contract/api/runs/run-doctor.ts';
import { FAILURE_MODE_TITLES, type FailureMode } from '#contract/failure-modes.ts';
import type { Setting } from './detector.ts';
import { advice, RATE, valueInForce } from './remedies.ts';

/** A change that a remedy named. */
export interface Given {
  readonly regime: FailureMode;
  readonly step: number;
  readonly path: string;
  readonly value: number;
  /** Value in force at that step. */
  readonly from: number;
  readonly isLive: boolean;
}

/** What else was found in the run. */
export interface Known {
  readonly step: number;
  readonly given: readonly Given[];
  readonly isOpen: (regime: FailureMode) => boolean;
  /** Since when a failure mode is suspected or reported; null if it is neither. */
  readonly since: (regime: FailureMode) => number | null;
}

/** Number of steps for which a remedy counts after it was named, even if its finding has closed. */
const RECENT = 20;

/** With one of these, the policy is no longer the one that the other thresholds are about. */
const DAMAGING: readonly FailureMode[] = ['collapse', 'kl_blow_up'];
/** What a damaged policy shows as well. A reward that is exploited may be the reason for damage and is not listed. */
const CONSEQUENCES: readonly FailureMode[] = [
  ...(['no_learning', 'eos_missing', 'repetition', 'dead_reward', 'critic_useless'] as const),
  ...(['whitened_noise', 'ppo_instability'] as const),
];

type Change = Pick<Given, 'path' | 'value' | 'from'>;

/** Whether a change keeps the policy closer to its start: smaller steps, or a stronger anchor. */
function holds({ path, value, from }: Change): boolean {
  return path === RATE ? value < from : value > from;
}

const named = ({ regime, step }: Given) => `"${FAILURE_MODE_TITLES[regime]}" at step ${step}`;

/** Whether the value in force has reached what was asked for. */
function isMade({ path, value, from }: Given, setting: Setting): boolean {
  const now = valueInForce(path, setting) ?? from;
  return value > from ? now >= value : now <= value;
}

/** What to do about a consequence of damage; null if there is none. */
function ofDamage({ isOpen, since }: Known): Remedy | null {
  const damage = DAMAGING.find(isOpen) ?? DAMAGING.find((one) => since(one) !== null);
  if (!damage) return null;
  const title = FAILURE_MODE_TITLES[damage];
  return isOpen(damage)
    ? advice(`This follows from the finding "${title}". Act on that one first.`)
    : advice(
        `Wait for a few steps: since step ${since(damage)}, there are signs of "${title}", which brings this about.`,
      );
}

function withheld(holding: Given): Remedy {
  const { path, value } = holding;
  return advice(
    'No change for now: larger steps or a weaker anchor would undo the remedy for ' +
      `${named(holding)} (set ${path} to ${value}).`,
  );
}

const isSame = (given: Given, { path, value }: Remedy) => given.path === path && given.value === value;

function repeated(holding: Given): Remedy {
  const { path, value, isLive } = holding;
  return { text: `First make the change for ${named(holding)}: set ${path} to ${value}.`, path, value, isLive };
}

function alreadyMade({ path, value }: Given, { text }: Remedy): Remedy {
  return advice(
    `${path} has already been set to ${value}, which does not repair the weights: roll back to a checkpoint from ` +
      `before the damage. If it happens again: ${text}`,
  );
}

function rollBack(since: number | null): string {
  const where = since !== null && since > 1 ? `roll back to before step ${since}` : 'start again';
  return `If the responses are no longer usable, ${where}: damaged weights do not recover.`;
}

/**
 * Makes a remedy fit what is known of the run. A consequence of a damaged policy refers to the damage. One change is
 * named at a time, and no change that would undo another one: holding the policy back takes precedence over letting it
 * go. A change that was made is not repeated after damage, since it cannot repair the weights.
 */
export function reconcile(regime: FailureMode, remedy: Remedy, known: Known, setting: Setting): Remedy {
  const consequence = CONSEQUENCES.includes(regime) ? ofDamage(known) : null;
  if (consequence) return consequence;
  const { path, value } = remedy;
  const from = path === null ? null : valueInForce(path, setting);
  if (path === null || from === null || typeof value !== 'number') return remedy;
  const { step, given, isOpen } = known;
  const holding = given.findLast((one) => holds(one) && (isOpen(one.regime) || step - one.step <= RECENT));
  if (holding && !holds({ path, value, from })) return withheld(holding);
  const isDue = holding !== undefined && !isMade(holding, setting);
  // Damage takes precedence over a change for something milder.
  if (!DAMAGING.includes(regime)) return isDue && !isSame(holding, remedy) ? repeated(holding) : remedy;
  if (holding && !isDue) return alreadyMade(holding, remedy);
  return { ...remedy, text: `${remedy.text} ${rollBack(known.since(regime))}` };
}
