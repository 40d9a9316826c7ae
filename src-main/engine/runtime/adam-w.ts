import type { AdamWSettings } from './adam-w-settings.ts';
import { float32, sizeOf } from './host-tensor.ts';
import { globalNorm } from './ops/gradients.ts';
import { select } from './ops/select.ts';
import { tf } from './tf.ts';
import type { StepVariables, Tensor, TensorRecord, Variables } from './types.ts';

export interface AdamWOptions extends AdamWSettings {
  /** Moments are stored at `<prefix>/adam_m/<name>` and `<prefix>/adam_v/<name>`. */
  readonly prefix: string;
  /** Float scalar. */
  readonly learningRate: Tensor;
  /** Number of this update, from 1, as a float scalar. */
  readonly step: Tensor;
  /** The loss, if the check for finite values should include it. */
  readonly loss?: Tensor;
  /** Full names of the weights with weight decay; all if absent. */
  readonly decayNames?: ReadonlySet<string>;
}

export interface AdamWReport {
  /** Global norm before clipping. */
  readonly gradNorm: Tensor;
  /** 1 if the norm was above the limit. */
  readonly clipped: Tensor;
  /** 1 if the loss or the norm was not finite and nothing was changed. */
  readonly skipped: Tensor;
}

/** Full name of a weight's moment; `kind` is `adam_m` or `adam_v`. */
export function momentName(prefix: string, kind: 'adam_m' | 'adam_v', name: string): string {
  const local = name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : name;
  return `${prefix}/${kind}/${local}`;
}

/** Creates the two moments of each weight, zero. */
export function createAdamW(variables: Variables, prefix: string, names: readonly string[]): void {
  for (const kind of ['adam_m', 'adam_v'] as const) {
    for (const name of names) {
      const shape = variables.shape(name);
      variables.create(momentName(prefix, kind, name), float32(new Float32Array(sizeOf(shape)), shape));
    }
  }
}

/** `x` if `wanted` is true, otherwise the number. Scalars. */
const when = (wanted: Tensor, x: Tensor, otherwise: number) => select(wanted, x, tf.scalar(otherwise));

/**
 * One AdamW update as in PyTorch (Loshchilov & Hutter 2019): decoupled decay w (1 - rate·decay), epsilon outside the
 * square root after bias correction, gradients scaled by min(1, max / (norm + 1e-6)) beforehand. If the norm or the
 * loss is not finite, weights and moments keep their exact values and `skipped` is 1.
 */
export function adamW(variables: StepVariables, gradients: TensorRecord, options: AdamWOptions): AdamWReport {
  const { prefix, beta1, beta2, maxGradNorm } = options;
  const gradNorm = globalNorm(gradients);
  const finiteNorm = tf.isFinite(gradNorm);
  const finite = options.loss ? tf.logicalAnd(finiteNorm, tf.isFinite(options.loss)) : finiteNorm;
  const clipScale =
    maxGradNorm > 0 ? tf.minimum(1, tf.div(maxGradNorm, tf.add(gradNorm, 1e-6))) : tf.onesLike(gradNorm);
  const scale = when(finite, clipScale, 0);
  const rate = when(finite, options.learningRate, 0);
  const root = tf.sqrt(tf.sub(1, tf.pow(tf.scalar(beta2), options.step)));
  const shared = {
    scale,
    // TensorFlow's fused update has no such bias correction: m̂ / (sqrt(v̂) + ε) = (m / c1) root / (sqrt(v) + ε root).
    rate: tf.div(tf.mul(rate, root), tf.sub(1, tf.pow(tf.scalar(beta1), options.step))),
    epsilon: tf.mul(root, options.epsilon),
    beta1: when(finite, tf.scalar(beta1), 1),
    beta2: when(finite, tf.scalar(beta2), 1),
  };
  const shrink = options.weightDecay > 0 ? tf.mul(rate, options.weightDecay) : null;
  for (const [name, gradient] of Object.entries(gradients)) {
    variables.applyAdam({
      ...shared,
      name,
      firstMoment: momentName(prefix, 'adam_m', name),
      secondMoment: momentName(prefix, 'adam_v', name),
      gradient,
      shrink: options.decayNames && !options.decayNames.has(name) ? null : shrink,
    });
  }
  const clipped = maxGradNorm > 0 ? tf.greater(gradNorm, maxGradNorm).toFloat() : tf.zerosLike(gradNorm);
  return { gradNorm, clipped, skipped: tf.sub(1, finite.toFloat()) };
}
