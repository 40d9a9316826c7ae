import { collapse } from './collapse.ts';
import { criticUseless } from './critic-useless.ts';
import { deadReward } from './dead-reward.ts';
import type { Detector } from './detector.ts';
import { divergingLoss } from './diverging-loss.ts';
import { eosMissing } from './eos-missing.ts';
import { fewWeights } from './few-weights.ts';
import { klBlowUp } from './kl-blow-up.ts';
import { lengthHacking } from './length-hacking.ts';
import { noAnchor } from './no-anchor.ts';
import { noLearning } from './no-learning.ts';
import { notFinite } from './not-finite.ts';
import { overOptimization } from './over-optimization.ts';
import { ppoInstability } from './ppo-instability.ts';
import { repetition } from './repetition.ts';
import { whitenedNoise } from './whitened-noise.ts';

/** Detectors for APA, AWR and PPO, most severe first. A detector whose metrics a method lacks detects nothing. */
export const ONLINE_DETECTORS: readonly Detector[] = [
  notFinite,
  collapse,
  klBlowUp,
  noAnchor,
  noLearning,
  lengthHacking,
  eosMissing,
  repetition,
  deadReward,
  overOptimization,
  criticUseless,
  whitenedNoise,
  fewWeights,
  ppoInstability,
];

/** Detectors for SFT and reward modeling. */
export const SUPERVISED_DETECTORS: readonly Detector[] = [notFinite, divergingLoss];
