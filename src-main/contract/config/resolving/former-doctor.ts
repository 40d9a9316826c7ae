import { isPlain, type Plain } from '../preset.ts';

/** The three failure modes that `doctor.action` used to cover, and the new name of each of its values. */
const FORMER = ['collapse', 'kl_blow_up', 'eos_missing'];
const WORDS: Readonly<Record<string, string>> = { stop: 'stop', warn: 'tell', off: 'off' };

/**
 * Configs of earlier runs have a single `doctor.action`; it becomes the action of those three failure modes, unless the
 * config sets theirs. Any other value of that key is left for the schema to reject.
 */
export function withFormerDoctor(raw: Plain): Plain {
  const { doctor } = raw;
  if (!isPlain(doctor) || typeof doctor.action !== 'string' || !(doctor.action in WORDS)) return raw;
  const { action, actions, ...rest } = doctor;
  const former = Object.fromEntries(FORMER.map((regime) => [regime, WORDS[action as string]]));
  return { ...raw, doctor: { ...rest, actions: { ...former, ...(isPlain(actions) ? actions : {}) } } };
}
