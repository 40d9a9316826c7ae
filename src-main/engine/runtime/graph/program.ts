import { type Binding, DT } from '../binding.ts';
import type { HostData, HostDtype, HostTensor } from '../host-tensor.ts';
import { nativeBackend } from '../native.ts';
import { tf } from '../tf.ts';
import type { HostRecord, Step, Tensor, TensorRecord } from '../types.ts';
import type { VariableTable } from '../variable-table.ts';
import type { GraphNode, Ref } from './graph-builder.ts';
import { outline } from './outline/outline.ts';
import { NotRecordable, Recorder } from './recorder.ts';
import { RecordingScope, type UsedHandle } from './recording-scope.ts';
import { loadGraph } from './saved-model.ts';
import { UnknownShape } from './shapes/meta.ts';
import { computingTracer, shapeTracer, type Tracer } from './tracer.ts';
import type { VariableBundles } from './variable-bundle.ts';

const DTYPE_NUMBERS: Readonly<Record<HostDtype, number>> = { float32: DT.float, int32: DT.int32, bool: DT.bool };
/** Name of the placeholder of a bundle of variables. */
const bundleName = (index: number) => `variables${index}`;

function dtypeName(dtype: number): HostDtype {
  const found = Object.entries(DTYPE_NUMBERS).find(([, number]) => number === dtype);
  if (!found) throw new NotRecordable(`The step returns a tensor of TensorFlow type ${dtype}.`);
  return found[0] as HostDtype;
}

/** Where graphs are recorded, loaded, and run. */
export interface Stage {
  readonly binding: Binding;
  readonly table: VariableTable<number>;
  readonly bundles: VariableBundles;
  /** Threads of an update in place; 0 if the engine has no operation for it. */
  readonly threads: number;
}

interface Recording {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly { readonly name: string; readonly dtype: HostDtype }[];
  /** The handles that the graph reads, in the order of the bundle. */
  readonly used: readonly UsedHandle[];
}

function placeholder(recorder: Recorder, name: string, dtype: number, shape: readonly number[] | null): Ref {
  const node = recorder.graph.add({
    op: 'Placeholder',
    name,
    attributes: {
      dtype: { kind: 'type', value: dtype },
      ...(shape ? { shape: { kind: 'shape' as const, value: shape } } : {}),
    },
    frame: null,
  });
  return { node, output: 0, dtype };
}

/** Feeds as tensors that represent placeholders, named by position since an input's name may contain any character. */
function recordInputs(recorder: Recorder, inputs: HostRecord): TensorRecord {
  const tensors: TensorRecord = {};
  Object.entries(inputs).forEach(([name, { dtype, shape }], index) => {
    tensors[name] = recorder.tensorFor(placeholder(recorder, `in${index}`, DTYPE_NUMBERS[dtype], shape), shape);
  });
  return tensors;
}

/** Outputs under their own names, each after every update. */
function recordOutputs(recorder: Recorder, outputs: readonly [string, Tensor][], updates: readonly GraphNode[]) {
  const { graph } = recorder;
  const done = graph.add({ op: 'NoOp', controls: updates });
  return outputs.map(([name, tensor], index) => {
    const ref = recorder.refOf(tensor);
    const node = graph.add({
      op: 'Identity',
      name: `out${index}`,
      inputs: [ref],
      controls: [done],
      attributes: { T: { kind: 'type', value: ref.dtype } },
    });
    return { name, node, dtype: dtypeName(ref.dtype) };
  });
}

/** Runs the step once under a recorder. Throws {@link NotRecordable} or whatever the step throws. */
function recordWith(tracer: Tracer, { table, threads }: Stage, step: Step, inputs: HostRecord): Recording {
  const recorder = new Recorder(nativeBackend(), tracer);
  const bundleAt = (index: number) => placeholder(recorder, bundleName(index), DT.variant, null);
  const scope = new RecordingScope(table, recorder, bundleAt, threads);
  const run = (): Recording => {
    const results = Object.entries(step(scope, recordInputs(recorder, inputs)));
    if (results.length === 0) results.push(['', tf.scalar(0)]);
    scope.settle(results.map(([, tensor]) => tensor));
    scope.commit();
    const outputs = recordOutputs(recorder, results, scope.updates);
    const placeholders = recorder.graph.nodes.filter(({ op }) => op === 'Placeholder');
    const nodes = recorder.graph.needed([...outputs.map(({ node }) => node), ...placeholders]);
    return { nodes, inputs: Object.keys(inputs), outputs, used: scope.used };
  };
  return recorder.record(() => {
    let recording: Recording | null = null;
    try {
      tf.tidy(() => {
        recording = run();
      });
    } finally {
      scope.close();
    }
    return recording as unknown as Recording;
  });
}

/** Records with shapes only, or by computing if that is not sufficient. */
function recordStep(stage: Stage, step: Step, inputs: HostRecord): Recording {
  try {
    return recordWith(shapeTracer(), stage, step, inputs);
  } catch (error) {
    if (!(error instanceof UnknownShape)) throw error;
    return recordWith(computingTracer(stage.binding), stage, step, inputs);
  }
}

/** A recorded step, loaded and ready to run for one set of input shapes. */
export class Program {
  /** Number of nodes that were recorded. */
  readonly nodes: number;
  /** Number of nodes that TensorFlow holds; fewer, because what repeats itself is a function. */
  readonly held: number;
  readonly #stage: Stage;
  readonly #session: number;
  /** Without its nodes, which take more memory than what they stand for. */
  readonly #recording: Omit<Recording, 'nodes'>;
  #held: number[] | null = null;
  #generation = -1;

  constructor(stage: Stage, step: Step, inputs: HostRecord) {
    this.#stage = stage;
    const { nodes, ...recording } = recordStep(stage, step, inputs);
    this.nodes = nodes.length;
    this.#recording = recording;
    const graph = outline(nodes);
    this.held = graph.functions.reduce((sum, { segment }) => sum + segment.nodes.length, graph.nodes.length);
    this.#session = loadGraph(stage.binding, graph);
  }

  /** Releases the variables, so that removed ones are freed; the next run acquires them again. */
  release(): void {
    for (const bundle of this.#held ?? []) this.#stage.binding.deleteTensor(bundle);
    this.#held = null;
  }

  dispose(): void {
    this.release();
    this.#stage.binding.deleteSavedModel(this.#session);
  }

  #bundled(): number[] {
    const { used } = this.#recording;
    const { table, bundles } = this.#stage;
    if (this.#held === null || this.#generation !== table.generation) {
      this.release();
      this.#held = bundles.bundle(used.map(({ name, part }) => table.slot(name).handles[part] as number));
      this.#generation = table.generation;
    }
    return this.#held;
  }

  run(inputs: HostRecord): HostRecord {
    const { inputs: names, outputs } = this.#recording;
    const bundles = this.#bundled();
    const fed = names.map((name) => {
      const { shape, dtype, data } = inputs[name] as HostTensor;
      return this.#stage.binding.createTensor(shape, DTYPE_NUMBERS[dtype], data);
    });
    try {
      const feeds = [
        ...bundles.map((_, index) => `${bundleName(index)}:0`),
        ...names.map((_, index) => `in${index}:0`),
      ];
      const fetches = outputs.map((_, index) => `out${index}:0`);
      const made = this.#stage.binding.runSavedModel(this.#session, [...bundles, ...fed], feeds.join(), fetches.join());
      return this.#collect(made);
    } finally {
      for (const id of fed) this.#stage.binding.deleteTensor(id);
    }
  }

  #collect(made: readonly { id: number; shape: number[] }[]): HostRecord {
    const entries = this.#recording.outputs.map(({ name, dtype }, index) => {
      const { id, shape } = made[index] as { id: number; shape: number[] };
      const data = this.#stage.binding.tensorDataSync(id) as HostData;
      this.#stage.binding.deleteTensor(id);
      return [name, { dtype, shape, data }] as const;
    });
    return Object.fromEntries(entries.filter(([name]) => name !== ''));
  }
}
