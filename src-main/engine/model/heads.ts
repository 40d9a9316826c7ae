import { tf } from '../runtime/tf.ts';
import type { Tensor } from '../runtime/types.ts';
import { exactLinear } from './linear.ts';
import type { Parameter } from './parameters.ts';
import type { ModelWeights } from './weights.ts';

/**
 * How states are turned into one number each. `score`: the bias-free layer of `…ForSequenceClassification` folders;
 * `linear`: one layer with bias; `value`: the critic's two layers (docs/algorithms/apa.md, networks).
 */
export type HeadKind = 'score' | 'linear' | 'value';

export interface Head {
  readonly kind: HeadKind;
  readonly parameters: readonly Parameter[];
  /** Shape: x [m, d], result [m, 1]. */
  apply(weights: ModelWeights, x: Tensor): Tensor;
}

/** PyTorch's default for a dense layer: weight and bias uniform within ±1/sqrt(inputs). */
function denseParameters(name: string, out: number, inner: number, bias: boolean): Parameter[] {
  const init = { kind: 'uniform', bound: 1 / Math.sqrt(inner) } as const;
  const weight = { name: `${name}.weight`, shape: [out, inner], init };
  return bias ? [weight, { name: `${name}.bias`, shape: [out], init }] : [weight];
}

const PREFIXES: Readonly<Record<HeadKind, string>> = { score: 'score', linear: 'head', value: 'value_head' };

/** The head of a given kind for states of a given width. */
export function createHead(kind: HeadKind, width: number): Head {
  const name = PREFIXES[kind];
  if (kind === 'value') {
    return {
      kind,
      parameters: [
        ...denseParameters(`${name}.0`, 2 * width, width, true),
        ...denseParameters(`${name}.2`, 1, 2 * width, true),
      ],
      apply: (weights, x) =>
        exactLinear(weights, `${name}.2`, tf.relu(exactLinear(weights, `${name}.0`, x, true)), true),
    };
  }
  const bias = kind === 'linear';
  return {
    kind,
    parameters: denseParameters(name, 1, width, bias),
    apply: (weights, x) => exactLinear(weights, name, x, bias),
  };
}

/** The kind of head whose tensors are among these names; null for none. */
export function headKindIn(names: Iterable<string>): HeadKind | null {
  const present = new Set(names);
  if (present.has('score.weight')) return 'score';
  if (present.has('value_head.0.weight')) return 'value';
  return present.has('head.weight') ? 'linear' : null;
}
