import { seededGenerator } from '#engine/runtime/host-random.ts';
import type { NewPair } from '../../store/queries/ratings.ts';
import { matchByPrompt, type StepSamples } from '../studies/samples-at-step.ts';

export interface DrawnPairs {
  readonly pairs: readonly NewPair[];
  /** Number of pairs left out because both responses are the same text. */
  readonly identical: number;
}

/**
 * Pairs every two sides on every prompt that both answered. The order and the side (left or right) depend only on the
 * seed, so neither reveals which run a response is from, and the draw can be repeated.
 */
export function drawPairs(sides: readonly StepSamples[], seed: number, limit: number | null): DrawnPairs {
  const all = sides.flatMap((ours, first) =>
    sides.slice(first + 1).flatMap((theirs, offset) =>
      matchByPrompt(ours.samples, theirs.samples).map((pair) => ({
        prompt: pair.ours.prompt,
        leftSide: first,
        rightSide: first + 1 + offset,
        leftReply: pair.ours.response,
        rightReply: pair.theirs.response,
      })),
    ),
  );
  const different = all.filter(({ leftReply, rightReply }) => leftReply !== rightReply);
  const shuffled = seededGenerator(seed, 'rating-order')
    .shuffle(different)
    .slice(0, limit ?? undefined);
  const coin = seededGenerator(seed, 'rating-side');
  const pairs = shuffled.map((pair) => (coin.uniform() < 0.5 ? pair : swapped(pair)));
  return { pairs, identical: all.length - different.length };
}

function swapped({ prompt, leftSide, rightSide, leftReply, rightReply }: NewPair): NewPair {
  return { prompt, leftSide: rightSide, rightSide: leftSide, leftReply: rightReply, rightReply: leftReply };
}
