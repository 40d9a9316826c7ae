import { type Binding, DT, typeAttribute } from '../binding.ts';
import { type AttributeValue, GraphBuilder, type Ref } from './graph-builder.ts';
import { loadGraph } from './saved-model.ts';

const KEYED = [typeAttribute('key_dtype', DT.int32), typeAttribute('value_dtype', DT.resource)];

/** The attributes that state the number of handles in a bundle. */
export function bundleAttributes(count: number, types: string, shapes: string): Record<string, AttributeValue> {
  return {
    [types]: { kind: 'types', value: Array.from({ length: count }, () => DT.resource) },
    ...(shapes ? { [shapes]: { kind: 'anyShapes', value: count } } : {}),
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

/** Loads the graph that converts a map of this many handles to an optional; returns its session. */
function loadChange(binding: Binding, count: number): number {
  const graph = new GraphBuilder();
  const variant: AttributeValue = { kind: 'type', value: DT.variant };
  const map = graph.add({ op: 'Placeholder', name: 'map', attributes: { dtype: variant } });
  const source: Ref = { node: map, output: 0, dtype: DT.variant };
  const attributes: Record<string, AttributeValue> = {
    key_dtype: { kind: 'type', value: DT.int32 },
    value_dtype: { kind: 'type', value: DT.resource },
  };
  const inputs = Array.from({ length: count }, (_, index): Ref => {
    const node = graph.add({ op: 'TensorMapLookup', inputs: [source, graph.int(index)], attributes });
    return { node, output: 0, dtype: DT.resource };
  });
  graph.add({
    op: 'OptionalFromValue',
    name: 'bundle',
    inputs,
    attributes: bundleAttributes(count, 'Toutput_types', ''),
  });
  return loadGraph(binding, graph.nodes);
}

/**
 * Tensors that pass the handles of many variables into a session. Handles of anonymous variables refer to the variable
 * itself, wherever it was created, but a session accepts no handle as a feed and returns none; inside a variant, it
 * does. Eager operations can put handles only into a map (its attributes are single types), while a graph reads an
 * optional (which also has a GPU kernel), so a small graph converts one to the other. TensorFlow takes 0.4 s to prepare
 * it for 240 handles, so it is kept for every program with the same number.
 */
export class VariableBundles {
  readonly #binding: Binding;
  readonly #sessions = new Map<number, number>();

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** Returns a bundle of the handles. The caller deletes the tensor. */
  bundle(handles: readonly number[]): number {
    const session = this.#sessions.get(handles.length) ?? loadChange(this.#binding, handles.length);
    this.#sessions.set(handles.length, session);
    const filled = handleMap(this.#binding, handles);
    const [bundle] = this.#binding.runSavedModel(session, [filled], 'map:0', 'bundle:0');
    this.#binding.deleteTensor(filled);
    return bundle?.id as number;
  }

  dispose(): void {
    for (const session of this.#sessions.values()) this.#binding.deleteSavedModel(session);
    this.#sessions.clear();
  }
}
