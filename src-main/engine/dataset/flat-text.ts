import type { Text } from '../records.ts';

/** A text or conversation as one string; each turn is preceded by its role. */
export function flatText(text: Text): string {
  if (typeof text === 'string') return text;
  return text.map((turn) => `${turn.role}: ${turn.content}`).join('\n');
}
