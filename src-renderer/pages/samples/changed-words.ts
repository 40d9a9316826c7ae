import { diffWordsWithSpace } from 'diff';

export interface TextChange {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Longer texts would take the page's time; they are shown side by side instead. */
const LONGEST = 20_000;
const PATIENCE_MILLISECONDS = 100;

/** What became of a text, word by word; null when the two are too long or too different to tell in time. */
export function changedWords(before: string, after: string): readonly TextChange[] | null {
  if (before.length + after.length > LONGEST) return null;
  const changes = diffWordsWithSpace(before, after, { timeout: PATIENCE_MILLISECONDS });
  return (
    changes?.map(({ added, removed, value }) => ({
      kind: added ? ('added' as const) : removed ? ('removed' as const) : ('same' as const),
      text: value,
    })) ?? null
  );
}
