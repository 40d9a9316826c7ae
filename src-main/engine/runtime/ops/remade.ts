import type { Tensor } from '../types.ts';

/** How a tensor is computed from others that are kept anyway. */
export interface Remaking {
  readonly inputs: readonly Tensor[];
  /** The tensor again, from the inputs, in a graph no earlier than `dy` is available. */
  readonly remake: (inputs: readonly Tensor[], dy: Tensor) => Tensor;
}

const known = new WeakMap<Tensor, Remaking>();

/** Marks a tensor that costs little to compute: a gradient may compute it again instead of keeping it. */
export function remakable(x: Tensor, inputs: readonly Tensor[], remake: Remaking['remake']): Tensor {
  known.set(x, { inputs, remake });
  return x;
}

/** How a tensor can be computed again; as itself if nobody said how. */
export function remakingOf(x: Tensor): Remaking {
  return known.get(x) ?? { inputs: [x], remake: ([kept]) => kept as Tensor };
}
