import type { Remedy } from '#contract/api/runs/run-doctor.ts';
import { type Detector, evidence, lastSteps, type Setting } from './detector.ts';
import { advice } from './remedies.ts';
import { type Series, WINDOW } from './series.ts';

const TRUNCATED = 'completions/clipped_ratio';
/** A model whose responses end this often at the start knew the stop token. */
const KNEW = 0.5;
/** With fewer responses than this in a window, a share is not meaningful. */
const LEAST = 24;

function remedyFor(series: Series, { maxNewTokens, contextLength }: Setting): Remedy {
  if (series.start(TRUNCATED) < KNEW) {
    return advice(
      'Responses stopped ending during training: start again with a rule in the reward that pays less for ' +
        'truncated responses.',
      'reward',
      `{ type: length, unit: words, max: ${Math.ceil(maxNewTokens / 3)}, falloff: ${Math.ceil(maxNewTokens / 3)} }`,
    );
  }
  const longer = 2 * maxNewTokens;
  // At least half of the context stays for the prompt.
  if (series.now(TRUNCATED) < 1 && longer <= contextLength / 2) {
    return advice(
      `Set generation.max_new_tokens to ${longer}. Some responses do end, and ${maxNewTokens} tokens may ` +
        'be too few for the others.',
      'generation.max_new_tokens',
      String(longer),
    );
  }
  return advice(
    'Many responses of the starting model did not end either: train it with `recipe: sft` first, or add a text that ' +
      'ends a response to generation.stop_strings.',
    'generation.stop_strings',
    '["\\n"]',
  );
}

/**
 * EOS missing: more than `max_truncated_share` of the responses reach the length limit, in each of three iterations.
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
          ? 'Responses no longer end on their own: the policy has unlearned the stop token.'
          : 'Responses do not end on their own and did not at the start: the score rates truncated text.',
      evidence: [evidence(TRUNCATED, lastSteps(), series.now(TRUNCATED), 'above', limit, start)],
      remedy: remedyFor(series, setting),
    };
  },
};
