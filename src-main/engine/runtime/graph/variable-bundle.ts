import { type Binding, DT, typeAttribute } from '../binding.ts';
import { type AttributeValue, GraphBuilder, type Ref } from './graph-builder.ts';
import { loadGraph } from './saved-model.ts';

const KEYED = [typeAttribute('key_dtype', DT.int32), typeAttribute('value_dtype', DT.resource)];

/** What states how many handles a bundle holds. */
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

/**
 * One tensor that carries the handles of many variables into a session. Handles of anonymous variables point at the
 * variable itself, wherever it was made, but a session takes no handle as a feed and writes none out; inside a variant
 * it passes. Eager ops can put handles into a map only (its attributes are single types), a graph reads an optional
 * (which also has a GPU kernel), so a small graph changes the one into the other.
 */
export function bundleHandles(binding: Binding, handles: readonly number[]): number {
  const graph = new GraphBuilder();
  const variant: AttributeValue = { kind: 'type', value: DT.variant };
  const map = graph.add({ op: 'Placeholder', name: 'map', attributes: { dtype: variant } });
  const source: Ref = { node: map, output: 0, dtype: DT.variant };
  const attributes: Record<string, AttributeValue> = {
    key_dtype: { kind: 'type', value: DT.int32 },
    value_dtype: { kind: 'type', value: DT.resource },
  };
  const inputs = handles.map((_, index): Ref => {
    const node = graph.add({ op: 'TensorMapLookup', inputs: [source, graph.int(index)], attributes });
    return { node, output: 0, dtype: DT.resource };
  });
  graph.add({
    op: 'OptionalFromValue',
    name: 'bundle',
    inputs,
    attributes: bundleAttributes(handles.length, 'Toutput_types', ''),
  });
  const session = loadGraph(binding, graph.nodes);
  const filled = handleMap(binding, handles);
  const [bundle] = binding.runSavedModel(session, [filled], 'map:0', 'bundle:0');
  binding.deleteTensor(filled);
  binding.deleteSavedModel(session);
  return bundle?.id as number;
}
