import { DT } from '../binding.ts';
import type { Tensor, TensorRecord } from '../types.ts';
import type { Frame, GraphNode, Ref } from './graph-builder.ts';
import { NotRecordable, type Recorder } from './recorder.ts';

let frames = 0;

const typed = (dtype: number) => ({ T: { kind: 'type' as const, value: dtype } });

interface Carried {
  readonly name: string;
  readonly initial: Tensor;
  readonly merge: GraphNode;
  readonly dtype: number;
}

/** Entry and merge node of one carried tensor; the second input of the merge is set once the body is known. */
function carry(recorder: Recorder, frame: Frame, name: string, initial: Tensor): Carried {
  const { graph } = recorder;
  const outside = recorder.refOf(initial);
  const enter = graph.enter(graph.led(outside, frame.outer), frame, false);
  const entered = { node: enter, output: 0, dtype: outside.dtype };
  const attributes = { ...typed(outside.dtype), N: { kind: 'int' as const, value: 2 } };
  const merge = graph.add({ op: 'Merge', inputs: [entered], attributes, frame });
  return { name, initial, merge, dtype: outside.dtype };
}

/** The body's value for a carried tensor, which must have the same shape and dtype. */
function expectSame(name: string, before: Tensor, after: Tensor | undefined): Tensor {
  if (!after) throw new NotRecordable(`The loop's body does not return ${name}.`);
  if (after.dtype === before.dtype && after.shape.join() === before.shape.join()) return after;
  throw new NotRecordable(`The loop changes ${name} from [${before.shape}] to [${after.shape}].`);
}

function standIns(
  recorder: Recorder,
  carried: readonly Carried[],
  ref: (item: Carried, index: number) => Ref,
): TensorRecord {
  return Object.fromEntries(
    carried.map((item, i) => [item.name, recorder.tensorFor(ref(item, i), item.initial.shape)]),
  );
}

/**
 * A loop as TensorFlow's control-flow nodes (Enter, Merge, Switch, NextIteration, Exit; Yu et al. 2018, "Dynamic
 * control flow in large-scale machine learning"): the entire loop runs within one call of the graph.
 */
export function recordLoop(
  recorder: Recorder,
  state: TensorRecord,
  condition: (state: TensorRecord) => Tensor,
  body: (state: TensorRecord) => TensorRecord,
): TensorRecord {
  const { graph } = recorder;
  frames += 1;
  const outer = graph.frame;
  const frame: Frame = { name: `loop${frames}`, outer, pivot: null, captured: new Map() };
  const carried = Object.entries(state).map(([name, initial]) => carry(recorder, frame, name, initial));
  graph.frame = frame;
  frame.pivot = (carried[0] as Carried).merge;
  const merged = standIns(recorder, carried, ({ merge, dtype }) => ({ node: merge, output: 0, dtype }));
  const holds = recorder.refOf(condition(merged));
  const going: Ref = { node: graph.add({ op: 'LoopCond', inputs: [holds] }), output: 0, dtype: DT.bool };
  const switches = carried.map(({ merge, dtype }) =>
    graph.add({ op: 'Switch', inputs: [{ node: merge, output: 0, dtype }, going], attributes: typed(dtype) }),
  );
  const pivot = graph.add({
    op: 'Identity',
    inputs: [{ node: switches[0] as GraphNode, output: 1, dtype: carried[0]?.dtype as number }],
    attributes: typed(carried[0]?.dtype as number),
  });
  frame.pivot = pivot;
  const inside = standIns(recorder, carried, ({ dtype }, i) => ({ node: switches[i] as GraphNode, output: 1, dtype }));
  const next = body(inside);
  for (const { name, initial, merge, dtype } of carried) {
    const after = recorder.refOf(expectSame(name, initial, next[name]));
    // Waits for the pivot, which the last, dead iteration does not reach: a value that does not depend on the state
    // would otherwise start another iteration.
    const kept = graph.add({ op: 'Identity', inputs: [after], controls: [pivot], attributes: typed(dtype) });
    const inputs = [{ node: kept, output: 0, dtype }];
    const node = graph.add({ op: 'NextIteration', inputs, attributes: typed(dtype) });
    merge.inputs.push({ node, output: 0, dtype });
  }
  const exits = switches.map((node, i) => {
    const { dtype } = carried[i] as Carried;
    const inputs = [{ node, output: 0, dtype }];
    return graph.add({ op: 'Exit', inputs, attributes: typed(dtype), frame: outer, crossing: true });
  });
  graph.frame = outer;
  return standIns(recorder, carried, ({ dtype }, i) => ({ node: exits[i] as GraphNode, output: 0, dtype }));
}
