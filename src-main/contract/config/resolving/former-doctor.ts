import { isPlain, type Plain } from '../preset.ts';

/** The three alarms that `doctor.action` was about, and what each of its words has become. */
const FORMER = ['collapse', 'kl_blow_up', 'eos_missing'];
const WORDS: Readonly<Record<string, string>> = { stop: 'stop', warn: 'tell', off: 'off' };

/**
 * Configs of earlier runs have one `doctor.action` for all alarms; it becomes the action of those three regimes, unless
 * the config names theirs. Anything else under that key is left for the schema to refuse.
 */
export function withFormerDoctor(raw: Plain): Plain {
  const { doctor } = raw;
  if (!isPlain(doctor) || typeof doctor.action !== 'string' || !(doctor.action in WORDS)) return raw;
  const { action, actions, ...rest } = doctor;
  const former = Object.fromEntries(FORMER.map((regime) => [regime, WORDS[action as string]]));
  return { ...raw, doctor: { ...rest, actions: { ...former, ...(isPlain(actions) ? actions : {}) } } };
}
