import type { Remedy } from '#contract/api/runs/run-doctor.ts';
import { type Detector, evidence, lastSteps, type Setting } from './detector.ts';
import { advice } from './remedies.ts';
import { WINDOW } from './series.ts';

const TRUNCATED = 'completions/clipped_ratio';
/** A start that ends so many of its replies has known how to. */
const KNEW = 0.5;
/** Fewer replies than this in a window say nothing of a share. */
const LEAST = 24;

function remedyFor(start: number, { maxNewTokens }: Setting): Remedy {
  if (start < KNEW) {
    return advice(
      'Replies have lost their end while training went on: start again with a rule in the reward that pays less for cut ones.',
      'reward',
      `{ type: length, unit: words, max: ${Math.ceil(maxNewTokens / 3)}, falloff: ${Math.ceil(maxNewTokens / 3)} }`,
    );
  }
  if (start < 1) {
    return advice(
      `Set generation.max_new_tokens to ${2 * maxNewTokens}; some replies do end, and ${maxNewTokens} tokens may be too few for the others.`,
      'generation.max_new_tokens',
      String(2 * maxNewTokens),
    );
  }
  return advice(
    'The starting model gives no stop token: train it with `recipe: sft` first, or name a text that ends a reply in generation.stop_strings.',
    'generation.stop_strings',
    '["\\n"]',
  );
}

/**
 * EOS missing: more than `max_truncated_share` of the replies run into the limit, in each of three iterations.
 * Docs: docs/algorithms/doctor.md.
 */
export const eosMissing: Detector = {
  regime: 'eos_missing',
  detect(series, setting) {
    const limit = setting.maxTruncatedShare;
    if (!(series.now(TRUNCATED) > limit)) return null;
    const start = series.start(TRUNCATED);
    return {
      isAlarm: setting.responses * WINDOW >= LEAST && series.every(TRUNCATED, (value) => value > limit),
      cause:
        start < KNEW
          ? 'Replies no longer end by themselves: the policy has unlearned the stop token.'
          : 'Replies do not end by themselves, and did not at the start: the score judges texts that are cut off.',
      evidence: [evidence(TRUNCATED, lastSteps(), series.now(TRUNCATED), 'above', limit, start)],
      remedy: remedyFor(start, setting),
    };
  },
};
