import { type Detector, evidence, isEvaluated, LAST_EVALUATION, lastSteps, type Setting } from './detector.ts';
import { holdBack } from './remedies.ts';
import { type Series, WINDOW } from './series.ts';

const ENTROPY = 'objective/sampled_entropy_per_token';
const DISTINCT = 'completions/distinct_share';
const EVALUATED = { entropy: 'eval/entropy_per_token', distinct: 'eval/distinct_replies' } as const;
/**
 * Values below a multiple of the entropy limit, or below a fraction of the start's distinct responses, are suspicious.
 */
const SUSPECT = { entropy: 3, distinct: 0.5 };
/** In training, prompts may repeat; in an evaluation, they are all different, and the same as at the start. */
const FOUND_DISTINCT = { training: 0.2, evaluation: 0.4 };

interface Measure {
  readonly key: string;
  readonly over: string;
  readonly steps: number;
  readonly start: number;
  readonly limit: number;
  readonly suspect: number;
}

/** What is measured: entropy, then distinct responses. */
type Measures = readonly [Measure, Measure];

/** The responses of training, in each of three iterations. */
function ofTraining(series: Series, { minEntropyShare }: Setting): Measures {
  const [entropy, distinct] = [series.start(ENTROPY), series.start(DISTINCT)];
  return [
    measure(ENTROPY, lastSteps(), WINDOW, entropy, minEntropyShare, SUSPECT.entropy * minEntropyShare),
    measure(DISTINCT, lastSteps(), WINDOW, distinct, FOUND_DISTINCT.training, SUSPECT.distinct),
  ];
}

/** A single evaluation. */
function ofEvaluation(series: Series, { minEntropyShare }: Setting): Measures {
  const [entropy, distinct] = [series.origin(EVALUATED.entropy), series.origin(EVALUATED.distinct)];
  return [
    measure(EVALUATED.entropy, LAST_EVALUATION, 1, entropy, minEntropyShare, SUSPECT.entropy * minEntropyShare),
    measure(EVALUATED.distinct, LAST_EVALUATION, 1, distinct, FOUND_DISTINCT.evaluation, SUSPECT.distinct),
  ];
}

function measure(key: string, over: string, steps: number, start: number, found: number, suspect: number): Measure {
  return { key, over, steps, start, limit: found * start, suspect: suspect * start };
}

/** The measures that are below a limit: one below its own, or both where they are suspicious. */
function foundIn(series: Series, measures: Measures): readonly Measure[] {
  const below = (which: 'limit' | 'suspect') =>
    measures.filter((one) => series.every(one.key, (value) => value < one[which], one.steps));
  const suspicious = below('suspect');
  if (suspicious.length < measures.length) return below('limit');
  return suspicious.map((one) => ({ ...one, limit: one.suspect }));
}

/**
 * Collapse: the policy has almost no variety left. Entropy is below `min_entropy_share` of its starting value, or
 * distinct responses are below a fifth of theirs, in each of three iterations or in one evaluation; or entropy is below
 * 0.3 and distinct responses are below half of theirs. Docs: docs/algorithms/doctor.md.
 */
export const collapse: Detector = {
  regime: 'collapse',
  detect(series, setting) {
    const all = [ofTraining(series, setting), ...(isEvaluated(series) ? [ofEvaluation(series, setting)] : [])];
    const signs = all.flat().filter(({ key, suspect }) => series.now(key) < suspect);
    if (signs.length === 0) return null;
    const found = all.flatMap((measures) => foundIn(series, measures));
    return {
      isAlarm: found.length > 0,
      cause: 'The policy has almost no variety left: it gives one response to every prompt.',
      evidence: (found.length > 0 ? found : signs).map(({ key, over, limit, start }) =>
        evidence(key, over, series.now(key), 'below', limit, start),
      ),
      remedy: holdBack(series, setting),
    };
  },
};
