import { dropout } from '../../runtime/ops/dropout.ts';
import { embeddingLookup } from '../../runtime/ops/embedding-lookup.ts';
import { sparingProduct } from '../../runtime/ops/product.ts';
import { tf } from '../../runtime/tf.ts';
import type { Lookup, Tensor, TensorRecord, Weights } from '../../runtime/types.ts';
import { hashName } from '../initial-values.ts';
import type { ModelWeights, WeightsOf } from '../weights.ts';
import { type Adapter, type AdapterTarget, factorNames } from './adapter.ts';
import { type FrozenWeight, frozenExactly, frozenTimes, frozenTimesTransposed } from './frozen-products.ts';

/** Where an adapted model's tensors are. */
export interface AdaptedPlace {
  /** Prefix of the frozen base. */
  readonly base: string;
  /** Prefix of the adapter's factors and of the model's own tensors, such as a head. */
  readonly own: string;
  readonly adapter: Adapter;
  /** Names of the tensors below `own` that replace or complete the base's: those of a head. */
  readonly ownNames: ReadonlySet<string>;
}

/** B(A x) times the factor, for rows of x; in float32 always, since it is small in every sense. Shape: x [m, in], result [m, out]. */
function addition(own: Lookup, target: AdapterTarget, x: Tensor): Tensor {
  const { a, b } = factorNames(target);
  const inner = tf.mul(sparingProduct(x, own(a)), target.scale);
  return tf.matMul(inner, own(b), false, true);
}

/** Rows of the addition to an embedding. Shape: ids int32 [m], A [r, v], B [d, r], result [m, d]. */
function addedRows(own: Lookup, target: AdapterTarget, ids: Tensor): Tensor {
  const { a, b } = factorNames(target);
  const taken = embeddingLookup(tf.transpose(own(a), [1, 0]), ids);
  return tf.matMul(tf.mul(taken, target.scale), own(b), false, true);
}

function adapted(lookup: Weights, own: Lookup, place: AdaptedPlace): ModelWeights {
  const { base, adapter, ownNames } = place;
  const full = (name: string) => `${base}/${name}`;
  const frozen = (name: string): FrozenWeight => ({
    widen: (after, rows) => lookup.widened(full(name), after, rows),
    narrowShape: lookup.narrowShape(full(name)),
    factor: (after) => lookup.factor(full(name), after),
  });
  const dropped = (x: Tensor, module: string) =>
    lookup.noise && adapter.dropout > 0
      ? dropout(x, adapter.dropout, lookup.noise, hashName(`${place.own}/${module}`) ^ adapter.seed)
      : x;
  const plus = (product: Tensor, name: string, x: Tensor) => {
    const target = adapter.targets.get(name);
    // An output matrix that is tied to the embedding is the base's: an embedding's addition is for its rows alone.
    if (!target || target.kind === 'embedding') return product;
    return tf.add(product, addition(own, target, dropped(x, target.module)));
  };
  return {
    spares: true,
    tensor: (name) => (ownNames.has(name) ? own(name) : lookup(full(name))),
    timesTransposed: (x, name) => plus(frozenTimesTransposed(x, frozen(name)), name, x),
    times: (x, name) => plus(frozenTimes(x, frozen(name)), name, x),
    exactly: (x, name) =>
      ownNames.has(name) ? tf.matMul(x, own(name), false, true) : plus(frozenExactly(x, frozen(name)), name, x),
    rows: (name, ids) => {
      const target = adapter.targets.get(name);
      const rows = lookup.rows(full(name), ids);
      return target ? tf.add(rows, addedRows(own, target, ids)) : rows;
    },
    read: (names) => {
      const factors = names.flatMap((name) => {
        const target = adapter.targets.get(name);
        return target ? Object.values(factorNames(target)) : [];
      });
      const all = [...factors, ...names.filter((name) => ownNames.has(name))];
      return Object.fromEntries(all.map((name) => [name, own(name)]));
    },
    over: (tensors: TensorRecord) => adapted(lookup, (name) => tensors[name] ?? own(name), place),
  };
}

/** Weights of a frozen base below `<base>/` with an adapter and a head below `<own>/`. */
export function adaptedWeights(place: AdaptedPlace): WeightsOf {
  const { base, own, adapter } = place;
  const targets = [...adapter.targets.values()];
  return Object.assign((lookup: Weights) => adapted(lookup, (name) => lookup(`${own}/${name}`), place), {
    place: { prefix: base, own, frozen: true, targets, dropout: adapter.dropout },
  });
}

const NONE: Adapter = { targets: new Map(), dropout: 0, seed: 0 };

/** Weights of a frozen base alone, stored in any type. */
export function frozenWeights(base: string): WeightsOf {
  return adaptedWeights({ base, own: base, adapter: NONE, ownNames: new Set() });
}
