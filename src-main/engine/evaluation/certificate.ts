import { type Share, winRate } from '#contract/statistics/intervals.ts';
import { mean, pearson, spearman, standardDeviation } from './correlation.ts';

/** One held-out pair as scored by the reward model; lengths count response tokens. */
export interface JudgedPair {
  readonly chosenScore: number;
  readonly rejectedScore: number;
  readonly chosenLength: number;
  readonly rejectedLength: number;
}

export interface CalibrationBin {
  readonly confidence: number;
  readonly accuracy: number;
  readonly n: number;
}

export interface MarginBin {
  readonly from: number;
  readonly to: number;
  readonly accuracy: number;
  readonly n: number;
}

/** Measurements of a reward model before a policy is trained against it. */
export interface Certificate {
  readonly accuracy: Share;
  /** Accuracy of the rule "the shorter one wins" on the same pairs. */
  readonly shorterWins: Share;
  readonly calibrationError: number;
  readonly calibration: readonly CalibrationBin[];
  readonly byMargin: readonly MarginBin[];
  readonly lengthCorrelation: { readonly pearson: number; readonly spearman: number };
  readonly scores: { readonly mean: number; readonly standardDeviation: number };
  /** Positions of the pairs with the largest errors, worst first. */
  readonly worst: readonly number[];
  readonly includesChance: boolean;
}

const BINS = 10;
const MARGIN_BINS = 5;
const WORST = 20;

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function correctness(margin: number): number {
  return margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
}

function calibrationBins(margins: readonly number[]): readonly CalibrationBin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const from = 0.5 + (bin * 0.5) / BINS;
    const to = bin === BINS - 1 ? Number.POSITIVE_INFINITY : 0.5 + ((bin + 1) * 0.5) / BINS;
    const inside = margins.filter((margin) => {
      const confidence = sigmoid(Math.abs(margin));
      return confidence >= from && confidence < to;
    });
    return {
      confidence: mean(inside.map((margin) => sigmoid(Math.abs(margin)))),
      accuracy: mean(inside.map(correctness)),
      n: inside.length,
    };
  }).filter((bin) => bin.n > 0);
}

function marginBins(margins: readonly number[]): readonly MarginBin[] {
  const sorted = [...margins].sort((a, b) => Math.abs(a) - Math.abs(b));
  const size = Math.ceil(sorted.length / MARGIN_BINS);
  return Array.from({ length: MARGIN_BINS }, (_, bin) => sorted.slice(bin * size, (bin + 1) * size))
    .filter((part) => part.length > 0)
    .map((part) => ({
      from: Math.abs(part[0]!),
      to: Math.abs(part.at(-1)!),
      accuracy: mean(part.map(correctness)),
      n: part.length,
    }));
}

/**
 * Certifies a reward model on held-out pairs: accuracy with a 95% interval, expected calibration error of
 * σ(score_chosen − score_rejected), agreement by margin, correlation of score with length.
 */
export function certify(pairs: readonly JudgedPair[]): Certificate {
  const margins = pairs.map((pair) => pair.chosenScore - pair.rejectedScore);
  const chosen = pairs.map((pair) => pair.chosenScore);
  const rejected = pairs.map((pair) => pair.rejectedScore);
  const scores = [...chosen, ...rejected];
  const lengths = [...pairs.map((pair) => pair.chosenLength), ...pairs.map((pair) => pair.rejectedLength)];
  const calibration = calibrationBins(margins);
  const accuracy = winRate(chosen, rejected);
  return {
    accuracy,
    shorterWins: winRate(
      pairs.map((pair) => -pair.chosenLength),
      pairs.map((pair) => -pair.rejectedLength),
    ),
    calibrationError:
      calibration.reduce((sum, bin) => sum + bin.n * Math.abs(bin.accuracy - bin.confidence), 0) / pairs.length,
    calibration,
    byMargin: marginBins(margins),
    lengthCorrelation: { pearson: pearson(scores, lengths), spearman: spearman(scores, lengths) },
    scores: { mean: mean(scores), standardDeviation: standardDeviation(scores) },
    worst: margins
      .map((margin, index) => ({ margin, index }))
      .sort((a, b) => a.margin - b.margin || a.index - b.index)
      .slice(0, WORST)
      .filter(({ margin }) => margin < 0)
      .map(({ index }) => index),
    includesChance: accuracy.low <= 0.5,
  };
}
