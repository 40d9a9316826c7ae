import type { WorstSample } from '#contract/api/runs/run-doctor.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import { counted, formatDigits, formatPercent } from '#contract/format.ts';
import { correlationOf, rowSums } from '../metrics/masked-statistics.ts';
import { repeatedShares } from '../metrics/repeated-shares.ts';
import { responseLengths } from '../metrics/rollout-points.ts';
import type { RewardedRollout } from '../records.ts';
import { float32 } from '../runtime/host-tensor.ts';

const SHOWN = 3;
const MOST_CHARACTERS = 2000;

/** How bad each response is, [b], and how to describe it. */
interface Ranking {
  readonly badness: ArrayLike<number>;
  readonly what: (row: number) => string;
}

function alike({ responses }: RewardedRollout): Ranking {
  const counts = Map.groupBy(responses, (response) => response);
  const badness = responses.map((response) => counts.get(response)?.length ?? 0);
  return { badness, what: (row) => `given ${badness[row]} times in ${responses.length} responses` };
}

function drift({ oldLogprobs, refLogprobs, responseMask }: RewardedRollout): Ranking {
  const apart = oldLogprobs.data.map((logprob, i) => logprob - refLogprobs.data[i]!);
  const badness = rowSums(float32(apart, oldLogprobs.shape), responseMask);
  return { badness, what: (row) => `${formatDigits(badness[row]!, 3)} nats from the start` };
}

/** The longest responses, or the shortest ones if these score higher. */
function byLength(rollout: RewardedRollout): Ranking {
  const lengths = responseLengths(rollout);
  const sign = correlationOf(Array.from(lengths), rollout.scores.data) < 0 ? -1 : 1;
  return { badness: lengths.map((length) => sign * length), what: (row) => counted(lengths[row]!, 'token') };
}

function cutOff(rollout: RewardedRollout): Ranking {
  const lengths = responseLengths(rollout);
  const badness = lengths.map((length, row) => (rollout.endedByStop[row] ? 0 : length));
  return { badness, what: (row) => `cut off after ${counted(lengths[row]!, 'token')}` };
}

function repeats(rollout: RewardedRollout): Ranking {
  const badness = repeatedShares(rollout);
  return { badness, what: (row) => `${formatPercent(badness[row]!, 0)} of its three-token runs are repeats` };
}

function byScore({ scores }: RewardedRollout): Ranking {
  return { badness: scores.data, what: (row) => `score ${formatDigits(scores.data[row]!, 3)}` };
}

/** Failure modes that are visible in text, and how to rank responses for each. */
const RANKINGS: Partial<Readonly<Record<FailureMode, (rollout: RewardedRollout) => Ranking>>> = {
  collapse: alike,
  kl_blow_up: drift,
  no_anchor: drift,
  length_hacking: byLength,
  eos_missing: cutOff,
  repetition: repeats,
  dead_reward: byScore,
  over_optimization: byScore,
};

/**
 * The three responses of an iteration that best show a failure mode, with different texts where possible; none if text
 * does not show it.
 */
export function worstSamples(regime: FailureMode, rollout: RewardedRollout): readonly WorstSample[] {
  const ranking = RANKINGS[regime]?.(rollout);
  if (!ranking) return [];
  const lengths = responseLengths(rollout);
  const rows = [...rollout.responses.keys()].sort((a, b) => ranking.badness[b]! - ranking.badness[a]! || a - b);
  const isFirst = (row: number, at: number) =>
    rows.findIndex((other) => rollout.responses[other] === rollout.responses[row]) === at;
  return rows
    .filter(isFirst)
    .slice(0, SHOWN)
    .map((row) => ({
      prompt: (rollout.prompts[row] ?? '').slice(-MOST_CHARACTERS),
      response: rollout.responses[row]!.slice(0, MOST_CHARACTERS),
      score: rollout.scores.data[row]!,
      length: lengths[row]!,
      what: ranking.what(row),
    }));
}
