/** What happens to the text that a splitting step finds; the names are those of `tokenizer.json`. */
export type SplitBehavior = 'Isolated' | 'Removed' | 'Contiguous' | 'MergedWithPrevious' | 'MergedWithNext';

const BEHAVIORS: ReadonlySet<unknown> = new Set([
  'Isolated',
  'Removed',
  'Contiguous',
  'MergedWithPrevious',
  'MergedWithNext',
]);

export function isSplitBehavior(value: unknown): value is SplitBehavior {
  return BEHAVIORS.has(value);
}

/** A piece of a text that a pattern matched, or one between two matches. */
interface Stretch {
  text: string;
  readonly isFound: boolean;
}

function stretchesOf(text: string, pattern: RegExp, isFound: boolean): Stretch[] {
  const stretches: Stretch[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) stretches.push({ text: text.slice(end, match.index), isFound: !isFound });
    stretches.push({ text: match[0], isFound });
    end = match.index + match[0].length;
  }
  if (end < text.length) stretches.push({ text: text.slice(end), isFound: !isFound });
  return stretches;
}

/** Joins a stretch to the previous one if `joins` returns true; it receives whether the previous one was matched. */
function join(stretches: readonly Stretch[], joins: (isFound: boolean, wasFound: boolean) => boolean): string[] {
  const pieces: string[] = [];
  let wasFound = false;
  for (const { text, isFound } of stretches) {
    const last = pieces.length - 1;
    if (last >= 0 && joins(isFound, wasFound)) pieces[last] += text;
    else pieces.push(text);
    wasFound = isFound;
  }
  return pieces;
}

/** Like {@link join} from the end, so that a stretch joins the following one. */
function joinFromEnd(stretches: readonly Stretch[]): string[] {
  const pieces: string[] = [];
  let wasFound = false;
  for (const { text, isFound } of stretches.toReversed()) {
    const last = pieces.length - 1;
    if (last >= 0 && isFound && !wasFound) pieces[last] = text + pieces[last];
    else pieces.push(text);
    wasFound = isFound;
  }
  return pieces.reverse();
}

/** Splits a text into the matches of a pattern and the text between them; concatenated, they are the original text. */
export function splitIsolated(text: string, pattern: RegExp): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/**
 * Splits a text by a pattern that never matches the empty string, like `NormalizedString::split` of the Rust library.
 * `invert`: the matches are kept, and the text between them is the delimiter.
 */
export function splitBy(text: string, pattern: RegExp, behavior: SplitBehavior, invert = false): string[] {
  if (behavior === 'Isolated') return splitIsolated(text, pattern);
  const stretches = stretchesOf(text, pattern, !invert);
  if (behavior === 'Removed') return stretches.filter(({ isFound }) => !isFound).map((stretch) => stretch.text);
  if (behavior === 'MergedWithNext') return joinFromEnd(stretches);
  if (behavior === 'Contiguous') return join(stretches, (isFound, wasFound) => isFound === wasFound);
  return join(stretches, (isFound, wasFound) => isFound && !wasFound);
}
