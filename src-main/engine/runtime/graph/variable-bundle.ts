import { type Binding, DT, typeAttribute } from '../binding.ts';
import { type AttributeValue, GraphBuilder, type Ref } from './graph-builder.ts';
import { loadGraph } from './saved-model.ts';

const KEYED = [typeAttribute('key_dtype', DT.int32), typeAttribute('value_dtype', DT.resource)];

/**
 * Number of handles in a bundle. The time that TensorFlow takes for one grows with the square of the number: 80 s for
 * the 1,868 handles of a model with adapters, against 2 s in bundles of this size.
 */
export const BUNDLED = 128;

/** The attributes that state the number of handles in a bundle. */
export function bundleAttributes(types: string, shapes: string): Record<string, AttributeValue> {
  return {
    [types]: { kind: 'types', value: Array.from({ length: BUNDLED }, () => DT.resource) },
    ...(shapes ? { [shapes]: { kind: 'anyShapes', value: BUNDLED } } : {}),
  };
}

/** A map of all handles, numbered; the caller deletes it. */
function handleMap(binding: Binding, handles: readonly number[]): number {
  let map = binding.executeOp('EmptyTensorMap', [], [], 1)[0]?.id as number;
  handles.forEach((handle, index) => {
    const key = binding.createTensor([], DT.int32, Int32Array.of(index));
    const [next] = binding.executeOp('TensorMapInsert', KEYED, [map, key, handle], 1);
    binding.deleteTensor(map);
    binding.deleteTensor(key);
    map = next?.id as number;
  });
  return map;
}

/** Loads the graph that converts a map of handles to an optional; returns its session. */
function loadChange(binding: Binding): number {
  const graph = new GraphBuilder();
  const variant: AttributeValue = { kind: 'type', value: DT.variant };
  const map = graph.add({ op: 'Placeholder', name: 'map', attributes: { dtype: variant } });
  const source: Ref = { node: map, output: 0, dtype: DT.variant };
  const attributes: Record<string, AttributeValue> = {
    key_dtype: { kind: 'type', value: DT.int32 },
    value_dtype: { kind: 'type', value: DT.resource },
  };
  const inputs = Array.from({ length: BUNDLED }, (_, index): Ref => {
    const node = graph.add({ op: 'TensorMapLookup', inputs: [source, graph.int(index)], attributes });
    return { node, output: 0, dtype: DT.resource };
  });
  graph.add({
    op: 'OptionalFromValue',
    name: 'bundle',
    inputs,
    attributes: bundleAttributes('Toutput_types', ''),
  });
  return loadGraph(binding, { nodes: graph.nodes, functions: [] });
}

/**
 * Tensors that pass the handles of many variables into a session. Handles of anonymous variables refer to the variable
 * itself, wherever it was created, but a session accepts no handle as a feed and returns none; inside a variant, it
 * does. Eager operations can put handles only into a map (its attributes are single types), while a graph reads an
 * optional (which also has a GPU kernel), so a small graph converts one to the other, which every program shares.
 */
export class VariableBundles {
  readonly #binding: Binding;
  #session: number | null = null;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Returns bundles of the handles, the last one filled up with one of them. The caller deletes the tensors. */
  bundle(handles: readonly number[]): number[] {
    this.#session ??= loadChange(this.#binding);
    const bundles: number[] = [];
    for (let from = 0; from < handles.length; from += BUNDLED) {
      const some = Array.from({ length: BUNDLED }, (_, index) => handles[from + index] ?? (handles[from] as number));
      const filled = handleMap(this.#binding, some);
      const [bundle] = this.#binding.runSavedModel(this.#session, [filled], 'map:0', 'bundle:0');
      this.#binding.deleteTensor(filled);
      bundles.push(bundle?.id as number);
    }
    return bundles;
  }

  dispose(): void {
    if (this.#session !== null) this.#binding.deleteSavedModel(this.#session);
    this.#session = null;
  }
}
