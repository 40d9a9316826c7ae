const HUMAN = '\n\nHuman:';
const ASSISTANT = '\n\nAssistant:';

/** Whether a value has HH's form: a string that starts with a human turn. */
export function isRawDialog(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(HUMAN) && value.includes(ASSISTANT);
}

export interface SplitPair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/**
 * Prompt and responses of two HH dialogs. The prompt ends with the last "\n\nAssistant:" that both share: usually the
 * last of each; in some pairs, one dialog is a turn longer. Null if they share none.
 */
export function splitRawDialogs(chosen: string, rejected: string): SplitPair | null {
  for (let at = chosen.lastIndexOf(ASSISTANT); at !== -1; at = at === 0 ? -1 : chosen.lastIndexOf(ASSISTANT, at - 1)) {
    const prompt = chosen.slice(0, at + ASSISTANT.length);
    if (rejected.startsWith(prompt)) {
      return { prompt, chosen: chosen.slice(prompt.length), rejected: rejected.slice(prompt.length) };
    }
  }
  return null;
}

/**
 * Prompt and responses of two texts: the prompt is their common start, up to its last space (TRL's `extract_prompt`).
 */
export function splitCommonStart(chosen: string, rejected: string): SplitPair {
  const shorter = Math.min(chosen.length, rejected.length);
  let end = 0;
  while (end < shorter && chosen[end] === rejected[end]) end++;
  if (chosen[end - 1] === ' ') end--;
  // Never split a surrogate pair.
  const code = chosen.charCodeAt(end - 1);
  if (code >= 0xd800 && code <= 0xdbff) end--;
  return { prompt: chosen.slice(0, end), chosen: chosen.slice(end), rejected: rejected.slice(end) };
}
