import type { GroupDifference, TensorDifference } from '#contract/api/library/model-difference.ts';

/** Sums over the values of one tensor, or of several. */
interface Sums {
  /** Squared norms of A's values and of the difference. */
  readonly square: number;
  readonly difference: number;
  readonly maxAbs: number;
}

/** Norm of a difference over a norm: 0 for equal values, infinite for a difference from zeros. */
function relativeOf({ square, difference }: Sums): number {
  return difference === 0 ? 0 : Math.sqrt(difference) / Math.sqrt(square);
}

/** Compares two tensors of one shape, with sums in float64. A NaN or an infinity on one side only differs infinitely. */
function sumsOf(a: Float32Array, b: Float32Array): Sums {
  let [square, difference, maxAbs] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [one, other] = [a[index]!, b[index]!];
    square += one * one;
    if (one === other || (Number.isNaN(one) && Number.isNaN(other))) continue;
    const distance = Math.abs(one - other);
    const size = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    difference += size * size;
    maxAbs = Math.max(maxAbs, size);
  }
  return { square, difference, maxAbs };
}

type Place = Pick<TensorDifference, 'name' | 'shape' | 'layer' | 'kind'>;

/** Differences of tensors one by one, and of all tensors of a kind in a layer. */
export class DifferenceTally {
  readonly tensors: TensorDifference[] = [];
  readonly #groups = new Map<string, Sums & Pick<GroupDifference, 'layer' | 'kind' | 'tensors' | 'differing'>>();

  add({ name, shape, layer, kind }: Place, a: Float32Array, b: Float32Array): void {
    const sums = sumsOf(a, b);
    const { square, difference, maxAbs } = sums;
    this.tensors.push({ name, shape, layer, kind, relative: relativeOf(sums), max_abs: maxAbs });
    const key = `${layer} ${kind}`;
    const before = this.#groups.get(key) ?? { square: 0, difference: 0, maxAbs: 0, tensors: 0, differing: 0 };
    this.#groups.set(key, {
      layer,
      kind,
      square: before.square + square,
      difference: before.difference + difference,
      maxAbs: Math.max(before.maxAbs, maxAbs),
      tensors: before.tensors + 1,
      differing: before.differing + (maxAbs > 0 ? 1 : 0),
    });
  }

  groups(): GroupDifference[] {
    return [...this.#groups.values()].map(({ layer, kind, tensors, differing, ...sums }) => {
      return { layer, kind, tensors, differing, relative: relativeOf(sums), max_abs: sums.maxAbs };
    });
  }
}
