import { recomputed } from '../runtime/ops/recomputed.ts';
import { tf } from '../runtime/tf.ts';
import type { Tensor, TensorRecord } from '../runtime/types.ts';
import type { ModelConfig } from './config/model-config.ts';
import type { Family, LayerContext } from './families/family.ts';
import { layerRows, type PackedInput } from './layout/packing.ts';
import type { Columns } from './layout/wanted-columns.ts';
import type { Parameter } from './parameters.ts';
import { queryFactors, rotaryByLayer } from './rotary.ts';
import type { ModelWeights } from './weights.ts';

/** Attention of one layer; `columns`: the wanted queries, null for all. Shapes: {@link LayerContext}. */
export type Attend = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  at: { readonly layer: number; readonly bias: Tensor; readonly columns: Columns | null },
) => Tensor;

/** Options of a trunk's forward pass. */
export interface TrunkRun {
  readonly family: Family;
  readonly config: ModelConfig;
  /** Positions of a packed batch's wanted states; empty for a batch that is not packed. */
  readonly packed: PackedInput;
  /** The columns whose last states are wanted; null for all. */
  readonly wanted: Columns | null;
  /** The backward pass recomputes each layer instead of keeping its intermediate values. */
  readonly recomputes: boolean;
  /**
   * Number of equal parts of the rows that go through all layers but the last separately, if there are that many rows.
   */
  readonly beside: number;
  /** The attention bias of a layer. */
  readonly biasOf: (layer: number) => Tensor;
  readonly attend: Attend;
}

/** One layer. `constants` receive no gradient: `bias`, with rotary positions `cos` and `sin`, and `queryFactors`. */
type Layer = (weights: ModelWeights, x: Tensor, constants: TensorRecord) => Tensor;

function layerAt(layer: number, run: TrunkRun, [b, t]: readonly [number, number]): Layer {
  const { family, config } = run;
  const isLast = layer === config.layers - 1;
  const columns = isLast ? run.wanted : null;
  const rows = layerRows(run.packed, columns, isLast, b);
  return (weights, x, { bias, cos, sin, queryFactors: factors = null }) => {
    const attend: LayerContext['attend'] = (q, k, v) => run.attend(q, k, v, { layer, bias: bias as Tensor, columns });
    const rotary = cos && sin ? { cos, sin } : null;
    return family.layer(weights, x, { config, layer, b, t, rows, rotary, queryFactors: factors, attend });
  };
}

/** The layer, with its gradient with respect to its inputs. */
function recomputedLayer(parameters: readonly Parameter[], layer: Layer): Layer {
  return (weights, x, constants) => {
    const own = weights.read(parameters.map(({ name }) => name));
    return recomputed((given) => layer(weights.over(given.weights), given.x, given.constants), {
      x,
      weights: own,
      constants,
    });
  };
}

type Constants = (layer: number) => TensorRecord;

/** Applies some layers in sequence to the rows of b sequences. */
function throughLayers(
  run: TrunkRun,
  weights: ModelWeights,
  x: Tensor,
  { from, to, shape, constants }: { from: number; to: number; shape: readonly [number, number]; constants: Constants },
): Tensor {
  let states = x;
  for (let index = from; index < to; index++) {
    const plain = layerAt(index, run, shape);
    const layer = run.recomputes ? recomputedLayer(run.family.layerParameters(run.config, index), plain) : plain;
    states = layer(weights, states, constants(index));
  }
  return states;
}

/** A part of a tensor's rows, or the whole tensor if all rows share it. */
function partOf(x: Tensor, part: number, parts: number): Tensor {
  const rows = x.shape[0] as number;
  return rows === 1 || parts === 1 ? x : (tf.slice(x, [(part * rows) / parts], [rows / parts]) as Tensor);
}

/**
 * From tokens to the states after the last norm. Shape: ids and positions int32 [b, t], result [b, t, width],
 * [b, count, width] of the wanted columns, or [m, width] of a packed batch's wanted states.
 */
export function runTrunk(
  run: TrunkRun,
  weights: ModelWeights,
  { ids, positions }: { readonly ids: Tensor; readonly positions: Tensor },
): Tensor {
  const { family, config } = run;
  const [b, t] = ids.shape as [number, number];
  const rotaryOf = rotaryByLayer(config.rotary, positions);
  const scaling: TensorRecord = config.queryScaling
    ? { queryFactors: queryFactors(config.queryScaling, positions) }
    : {};
  const constants: Constants = (index) => ({ bias: run.biasOf(index), ...rotaryOf(index), ...scaling });
  const embedded = family.embed(weights, ids, positions, config);
  const last = config.layers - 1;
  const parts = b % run.beside === 0 ? run.beside : 1;
  const made = Array.from({ length: parts }, (_, part) => {
    const own: Constants = (index) =>
      Object.fromEntries(Object.entries(constants(index)).map(([name, x]) => [name, partOf(x as Tensor, part, parts)]));
    const x = partOf(embedded, part, parts);
    return throughLayers(run, weights, x, { from: 0, to: last, shape: [b / parts, t], constants: own });
  });
  const joined = parts === 1 ? (made[0] as Tensor) : (tf.concat(made) as Tensor);
  const x = throughLayers(run, weights, joined, { from: last, to: config.layers, shape: [b, t], constants });
  const states = family.finalNorm(weights, x, config);
  return run.packed.stateRows ? states : states.reshape([b, run.wanted?.count ?? t, config.width]);
}
