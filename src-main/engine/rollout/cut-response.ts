/** A response as it is stored: its ids, its text, and whether it ended on its own. */
export interface CutResponse {
  readonly ids: readonly number[];
  readonly text: string;
  readonly endedByStop: boolean;
}

export interface CutRules {
  readonly stopTokenIds: readonly number[];
  readonly stopStrings: readonly string[];
  readonly decode: (ids: readonly number[]) => string;
}

function firstStop(text: string, stopStrings: readonly string[]): number {
  const places = stopStrings.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/**
 * Number of ids after which the text first contains a stop string; it must be searched because decoding can merge
 * tokens.
 */
function idsUntilStop(ids: readonly number[], rules: CutRules): number {
  let low = 1;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firstStop(rules.decode(ids.slice(0, middle)), rules.stopStrings) >= 0) high = middle;
    else low = middle + 1;
  }
  return low;
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
  const place = firstStop(text, rules.stopStrings);
  if (place < 0) return { ids: kept, text, endedByStop: stopAt >= 0 };
  const count = idsUntilStop(words, rules);
  return { ids: ids.slice(0, count), text: text.slice(0, place).trimEnd(), endedByStop: true };
}
