import { recomputed } from '../runtime/ops/recomputed.ts';
import type { Tensor, TensorRecord, Weights } from '../runtime/types.ts';
import type { ModelConfig } from './config/model-config.ts';
import type { Family, LayerContext } from './families/family.ts';
import { layerRows, type PackedInput } from './packing.ts';
import type { Parameter } from './parameters.ts';
import { rotaryTables } from './rotary.ts';
import type { Columns } from './wanted-columns.ts';

/** Attention of one layer; `columns`: the queries that are wanted of it, null for all. Shapes: {@link LayerContext}. */
export type Attend = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  at: { readonly layer: number; readonly bias: Tensor; readonly columns: Columns | null },
) => Tensor;

/** How a trunk is run. */
export interface TrunkRun {
  readonly family: Family;
  readonly config: ModelConfig;
  /** Where a packed batch's wanted states are; empty of one that is not packed. */
  readonly packed: PackedInput;
  /** The columns whose last states are wanted, null for all. */
  readonly wanted: Columns | null;
  /** The backward pass computes each layer a second time instead of keeping what is inside of it. */
  readonly recomputes: boolean;
  /** The attention's bias of a layer. */
  readonly biasOf: (layer: number) => Tensor;
  readonly attend: Attend;
}

/** One layer. `constants` are what no gradient goes to: `bias` and, of rotary positions, `cos` and `sin`. */
type Layer = (weights: Weights, x: Tensor, constants: TensorRecord) => Tensor;

function layerAt(layer: number, run: TrunkRun, [b, t]: readonly [number, number]): Layer {
  const { family, config } = run;
  const isLast = layer === config.layers - 1;
  const columns = isLast ? run.wanted : null;
  const rows = layerRows(run.packed, columns, isLast, b);
  return (weights, x, { bias, cos, sin }) => {
    const attend: LayerContext['attend'] = (q, k, v) => run.attend(q, k, v, { layer, bias: bias as Tensor, columns });
    const rotary = cos && sin ? { cos, sin } : null;
    return family.layer(weights, x, { config, layer, b, t, rows, rotary, attend });
  };
}

/** The layer, with its gradient by what it reads. */
function recomputedLayer(parameters: readonly Parameter[], layer: Layer): Layer {
  return (weights, x, constants) => {
    const own = Object.fromEntries(parameters.map(({ name }) => [name, weights(name)]));
    return recomputed((given) => layer((name) => given.weights[name] as Tensor, given.x, given.constants), {
      x,
      weights: own,
      constants,
    });
  };
}

/**
 * From tokens to the states after the last norm. Shape: ids and positions int32 [b, t], result [b, t, width],
 * [b, count, width] of the wanted columns, or [m, width] of a packed batch's wanted states.
 */
export function runTrunk(
  run: TrunkRun,
  weights: Weights,
  { ids, positions }: { readonly ids: Tensor; readonly positions: Tensor },
): Tensor {
  const { family, config } = run;
  const [b, t] = ids.shape as [number, number];
  const rotary = config.rotary ? rotaryTables(config.rotary, positions) : {};
  let x = family.embed(weights, ids, positions);
  for (let index = 0; index < config.layers; index++) {
    const plain = layerAt(index, run, [b, t]);
    const layer = run.recomputes ? recomputedLayer(family.layerParameters(config, index), plain) : plain;
    x = layer(weights, x, { bias: run.biasOf(index), ...rotary });
  }
  const states = family.finalNorm(weights, x, config);
  return run.packed.stateRows ? states : states.reshape([b, run.wanted?.count ?? t, config.width]);
}
