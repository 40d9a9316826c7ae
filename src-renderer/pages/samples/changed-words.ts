import { diffArrays } from 'diff';

export interface TextChange {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** The changes between two texts, or why they are better read side by side. */
export type TextChanges =
  | { readonly kind: 'runs'; readonly changes: readonly TextChange[] }
  | { readonly kind: 'apart'; readonly because: 'long' | 'different' };

/** Longer texts would block the page; they are shown side by side instead. */
const LONGEST = 20_000;
const PATIENCE_MILLISECONDS = 500;
/** Fewer equal words than this between two changes belong to one change. */
const FEWEST_SAME = 2;
/** Share of the longer text's words below which the texts have little in common. */
const LEAST_SHARED = 0.3;
/** White space, one character of a script without spaces, or a word with its punctuation. */
const PARTS =
  /\s+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/gu;

const partsOf = (text: string): readonly string[] => text.match(PARTS) ?? [];
const wordsOf = (parts: readonly string[]): number => parts.filter((part) => part.trim() !== '').length;

interface Run {
  readonly isSame: boolean;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

function joined(one: Run, other: Run): Run {
  return { isSame: false, before: [...one.before, ...other.before], after: [...one.after, ...other.after] };
}

/** Unchanged and changed runs in turn; a short unchanged run between two changes becomes part of them. */
function runsOf(runs: readonly Run[]): readonly Run[] {
  const merged: Run[] = [];
  for (const [at, run] of runs.entries()) {
    const last = merged.at(-1);
    const isIsland = run.isSame && last && at < runs.length - 1 && wordsOf(run.before) < FEWEST_SAME;
    if (last && !last.isSame && (!run.isSame || isIsland)) merged.splice(-1, 1, joined(last, run));
    else merged.push(run);
  }
  return merged;
}

function changesOf({ isSame, before, after }: Run): readonly TextChange[] {
  if (isSame) return [{ kind: 'same', text: after.join('') }];
  const both: readonly TextChange[] = [
    { kind: 'removed', text: before.join('') },
    { kind: 'added', text: after.join('') },
  ];
  return both.filter(({ text }) => text !== '');
}

/**
 * The changed runs of words between two texts: what was there before, then what took its place. Texts with little in
 * common, and texts too long or too different to compare in time, are told apart instead.
 */
export function changedWords(before: string, after: string): TextChanges {
  if (before.length + after.length > LONGEST) return { kind: 'apart', because: 'long' };
  const [old, now] = [partsOf(before), partsOf(after)];
  const found = diffArrays([...old], [...now], { timeout: PATIENCE_MILLISECONDS });
  if (!found) return { kind: 'apart', because: 'long' };
  const runs = runsOf(
    found.map(({ added, removed, value }) => ({
      isSame: !added && !removed,
      before: added ? [] : value,
      after: removed ? [] : value,
    })),
  );
  const shared = runs.reduce((sum, run) => sum + (run.isSame ? wordsOf(run.after) : 0), 0);
  const most = Math.max(wordsOf(old), wordsOf(now));
  if (most > 0 && shared < LEAST_SHARED * most) return { kind: 'apart', because: 'different' };
  return { kind: 'runs', changes: runs.flatMap(changesOf) };
}
