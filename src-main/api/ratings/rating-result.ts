import type { RatingResult } from '#contract/api/library/ratings.ts';
import { wilsonInterval } from '#contract/statistics/intervals.ts';
import type { RatedPair, StoredSession } from '../../store/queries/ratings.ts';

type Outcome = RatingResult['outcomes'][number];

/** One verdict from the point of view of the first of two sides. */
function seenFrom(ours: number, { verdict, leftSide }: RatedPair): 'win' | 'loss' | 'tie' | 'skip' | null {
  if (verdict === null || verdict === 'tie' || verdict === 'skip') return verdict;
  return (verdict === 'left') === (leftSide === ours) ? 'win' : 'loss';
}

function outcomeOf(ours: number, theirs: number, pairs: readonly RatedPair[]): Outcome {
  const seen = pairs
    .filter((pair) => [pair.leftSide, pair.rightSide].every((side) => side === ours || side === theirs))
    .map((pair) => seenFrom(ours, pair));
  const count = (wanted: string) => seen.filter((each) => each === wanted).length;
  const [wins, losses, ties] = [count('win'), count('loss'), count('tie')];
  const n = wins + losses + ties;
  const hits = wins + ties / 2;
  const share = n === 0 ? Number.NaN : hits / n;
  return { ours, theirs, share, n, ...wilsonInterval(hits, n), wins, losses, ties, skipped: count('skip') };
}

/** Win rate between every two sides over the rated pairs; skipped pairs count for neither side. */
export function ratingResult({ seed, sides, ...session }: StoredSession, pairs: readonly RatedPair[]): RatingResult {
  const outcomes = sides.flatMap((_ours, first) =>
    sides.slice(first + 1).map((_theirs, offset) => outcomeOf(first, first + 1 + offset, pairs)),
  );
  return { session, seed, sides: sides as RatingResult['sides'], outcomes };
}
