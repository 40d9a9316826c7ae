/** A response as it is stored: its ids, its text, and whether it ended on its own. */
export interface CutResponse {
  readonly ids: readonly number[];
  readonly text: string;
  readonly endedByStop: boolean;
}

export interface CutRules {
  readonly stopTokenIds: readonly number[];
  readonly stopStrings: readonly string[];
  /** The text of a response: without special tokens. */
  readonly decode: (ids: readonly number[]) => string;
  /** The text in which stop strings are searched: with special tokens, as in transformers. */
  readonly searched: (ids: readonly number[]) => string;
}

function firstStop(text: string, stopStrings: readonly string[]): number {
  const places = stopStrings.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** The smallest number of ids whose searched text meets a condition that no further id undoes; at most all of them. */
function fewestIds(ids: readonly number[], rules: CutRules, isMet: (text: string) => boolean): number {
  let low = 1;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isMet(rules.searched(ids.slice(0, middle)))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The text without special tokens that precedes a place in the searched text. */
function textBefore(place: number, ids: readonly number[], rules: CutRules): string {
  // The stop string begins within this token.
  const at = fewestIds(ids, rules, (text) => text.length > place) - 1;
  const before = ids.slice(0, at);
  const isSpecial = rules.decode(ids.slice(at, at + 1)) === '';
  const rest = isSpecial ? '' : rules.searched(ids).slice(rules.searched(before).length, place);
  return rules.decode(before) + rest;
}

/**
 * Cuts sampled ids at the first stop token or stop string. The stop token or the tokens of the stop string stay among
 * the ids, since stopping is part of what the policy learns; the text ends before them.
 * @param ids sampled ids of one row, padding removed.
 */
export function cutResponse(ids: readonly number[], rules: CutRules): CutResponse {
  const stopAt = ids.findIndex((id) => rules.stopTokenIds.includes(id));
  const kept = stopAt >= 0 ? ids.slice(0, stopAt + 1) : ids;
  const words = stopAt >= 0 ? ids.slice(0, stopAt) : ids;
  const text = rules.decode(words);
  const uncut = { ids: kept, text, endedByStop: stopAt >= 0 };
  if (rules.stopStrings.length === 0) return uncut;
  const place = firstStop(rules.searched(kept), rules.stopStrings);
  const searched = rules.searched(words);
  // A stop string that begins in the stop token cuts nothing off.
  if (place < 0 || (stopAt >= 0 && place >= searched.length)) return uncut;
  // The number is searched for because decoding can merge tokens.
  const count = fewestIds(kept, rules, (part) => firstStop(part, rules.stopStrings) >= 0);
  const before = searched === text ? text.slice(0, place) : textBefore(place, words, rules);
  return { ids: ids.slice(0, count), text: before.trimEnd(), endedByStop: true };
}
