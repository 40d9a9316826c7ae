import { diffWordsWithSpace } from 'diff';

export interface TextChange {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Longer texts would block the page; they are shown side by side instead. */
const LONGEST = 20_000;
const PATIENCE_MILLISECONDS = 100;

/** Word-level changes between two texts; null if they are too long or too different to compare in time. */
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
