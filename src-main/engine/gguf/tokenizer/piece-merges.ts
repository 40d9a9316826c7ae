import { type ListedToken, TOKEN_KINDS } from './token-list.ts';

/** A pair of tokens and what it becomes. */
type Merge = readonly [left: string, right: string, made: string];

/** Every way to split a token into two others. */
function* splitsOf(text: string, isToken: (part: string) => boolean): Generator<Merge> {
  let at = 0;
  for (const character of text) {
    at += character.length;
    if (at === text.length) return;
    const [left, right] = [text.slice(0, at), text.slice(at)];
    if (isToken(left) && isToken(right)) yield [left, right, text];
  }
}

const codePoints = (text: string) => [...text].length;

/**
 * SentencePiece's merges as BPE has them: any two tokens whose texts make a third become it, the one with the highest
 * score first. Source: `SentencePieceExtractor` of transformers. @param scores by id.
 */
export function mergesOfScores(tokens: readonly ListedToken[], scores: readonly number[]): [string, string][] {
  const ids = new Map(tokens.map(({ text, id }) => [text, id]));
  const candidates = tokens.filter(({ kind }) => kind === TOKEN_KINDS.normal);
  const all = candidates.flatMap(({ text, id }) => {
    const splits = [...splitsOf(text, (part) => ids.has(part))].sort(([a, b], [c, d]) => {
      return (ids.get(a) as number) - (ids.get(c) as number) || (ids.get(b) as number) - (ids.get(d) as number);
    });
    return splits.map(([left, right]) => ({ left, right, score: scores[id] as number }));
  });
  const order = (one: (typeof all)[number], other: (typeof all)[number]) =>
    other.score - one.score ||
    codePoints(other.left) - codePoints(one.left) ||
    codePoints(other.right) - codePoints(one.right);
  return all.sort(order).map(({ left, right }) => [left, right]);
}

/**
 * Scores with which SentencePiece merges in the order of BPE's merges, by text: minus the number of texts that are made
 * before. Null if there are none: if a token can be made of two others in a way that is no merge, or if another is made
 * between two ways to make it. @param tokens the texts of all tokens, those for bytes and special ones included.
 */
export function scoresOfMerges(
  merges: readonly (readonly [string, string])[],
  tokens: ReadonlySet<string>,
): ReadonlyMap<string, number> | null {
  const scores = new Map<string, number>();
  const ways = new Map<string, number>();
  let latest = '';
  for (const [left, right] of merges) {
    const made = left + right;
    if (made !== latest && scores.has(made)) return null;
    if (made !== latest) scores.set(made, -scores.size);
    ways.set(made, (ways.get(made) ?? 0) + 1);
    latest = made;
  }
  const isWhole = (text: string) => [...splitsOf(text, (part) => tokens.has(part))].length === (ways.get(text) ?? 0);
  return [...tokens].every(isWhole) ? scores : null;
}
