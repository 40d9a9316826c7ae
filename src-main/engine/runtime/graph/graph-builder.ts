import { ATTRIBUTE, DT, type OpAttribute } from '../binding.ts';

/** Operations that bring values into a graph instead of computing them. */
export const SOURCES: ReadonlySet<string> = new Set(['Const', 'OptionalGetValue', 'Placeholder', 'ReadVariableOp']);

/** One output of a node. */
export interface Ref {
  readonly node: GraphNode;
  readonly output: number;
  readonly dtype: number;
}

export type AttributeValue =
  | { readonly kind: 'type' | 'int' | 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string' | 'function'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'ints' | 'floats' | 'types'; readonly value: readonly number[] }
  | { readonly kind: 'bools'; readonly value: readonly boolean[] }
  | { readonly kind: 'anyShapes'; readonly value: number }
  | { readonly kind: 'tensor'; readonly dtype: number; readonly shape: readonly number[]; readonly bytes: Uint8Array };

/** A loop in which nodes run; null is the graph itself. */
export interface Frame {
  readonly name: string;
  readonly outer: Frame | null;
  /** A node of the frame that every constant inside depends on, so that the constant runs in the frame. */
  pivot: GraphNode | null;
  /** Outer values inside the frame, by their name outside. */
  readonly captured: Map<string, Ref>;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: Ref[];
  readonly controls: GraphNode[];
  readonly attributes: Map<string, AttributeValue>;
  readonly frame: Frame | null;
}

export interface NodeParts {
  readonly op: string;
  readonly inputs?: readonly Ref[];
  readonly controls?: readonly GraphNode[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly frame?: Frame | null;
  readonly name?: string;
  /** Uses the inputs unchanged: for nodes that lead into and out of a frame. */
  readonly crossing?: boolean;
}

/** Key of one output of a node, unique within its graph. */
export const refKey = (ref: Ref) => `${ref.node.name}:${ref.output}`;

/** Converts an attribute from the addon's form to the graph's form. */
export function attributeValue({ type, value }: OpAttribute): AttributeValue {
  const list = Array.isArray(value);
  if (type === ATTRIBUTE.shape) return { kind: 'shape', value: value as number[] };
  if (type === ATTRIBUTE.type) return { kind: 'type', value: value as number };
  if (type === ATTRIBUTE.string) return { kind: 'string', value: value as string };
  if (type === ATTRIBUTE.bool) {
    return list ? { kind: 'bools', value: (value as unknown[]).map(Boolean) } : { kind: 'bool', value: Boolean(value) };
  }
  const kind = type === ATTRIBUTE.int ? 'int' : 'float';
  return list ? { kind: `${kind}s`, value: value as number[] } : { kind, value: Number(value) };
}

/** The bytes of a typed array. */
export const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** True for the bytes of a constant that is worth repeating where it is used. */
export const isSmall = (bytes: Uint8Array) => bytes.length <= 256;

/** Collects the nodes of one TensorFlow graph. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly #constants = new Map<string, Ref>();
  frame: Frame | null = null;
  #named = 0;

  /** Adds a node in the current frame; values from outer frames are passed in. */
  add({ op, inputs = [], controls = [], attributes = {}, frame = this.frame, name, crossing }: NodeParts): GraphNode {
    const node: GraphNode = {
      name: name ?? `n${this.#named++}`,
      op,
      inputs: inputs.map((ref) => (crossing ? ref : this.led(ref, frame))),
      controls: [...controls],
      attributes: new Map(Object.entries(attributes)),
      frame,
    };
    this.nodes.push(node);
    return node;
  }

  /** Adds a constant; equal constants are shared. */
  constant(dtype: number, shape: readonly number[], data: ArrayBufferView): Ref {
    const bytes = bytesOf(data);
    const small = isSmall(bytes);
    // Small constants are repeated inside each loop, where TensorFlow can fold them; large ones are passed in from
    // outside.
    const frame = small ? this.frame : null;
    const key = small ? `${frame?.pivot?.name} ${dtype} [${shape}] ${bytes.join()}` : null;
    const known = key === null ? undefined : this.#constants.get(key);
    if (known) return known;
    const node = this.add({
      op: 'Const',
      frame,
      controls: frame?.pivot ? [frame.pivot] : [],
      attributes: {
        dtype: { kind: 'type', value: dtype },
        value: { kind: 'tensor', dtype, shape: [...shape], bytes: Uint8Array.from(bytes) },
      },
    });
    const ref = { node, output: 0, dtype };
    if (key !== null) this.#constants.set(key, ref);
    return ref;
  }

  int(value: number): Ref {
    return this.constant(DT.int32, [], Int32Array.of(value));
  }

  /** A value as seen inside a frame: passed in as a loop constant if it comes from outside. */
  led(ref: Ref, frame: Frame | null): Ref {
    if (frame === null || ref.node.frame === frame) return ref;
    const key = refKey(ref);
    const known = frame.captured.get(key);
    if (known) return known;
    const node = this.enter(this.led(ref, frame.outer), frame, true);
    const entered = { node, output: 0, dtype: ref.dtype };
    frame.captured.set(key, entered);
    return entered;
  }

  /** The node that passes a value of the surrounding frame into a frame. */
  enter(ref: Ref, frame: Frame, constant: boolean): GraphNode {
    const attributes = enterAttributes(ref.dtype, frame, constant);
    return this.add({ op: 'Enter', inputs: [ref], attributes, frame, crossing: true });
  }

  /** The nodes that the given ones depend on, in order. */
  needed(roots: readonly GraphNode[]): GraphNode[] {
    const reached = new Set<GraphNode>();
    const waiting = [...roots];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (reached.has(node)) continue;
      reached.add(node);
      waiting.push(...node.inputs.map((ref) => ref.node), ...node.controls);
    }
    return this.nodes.filter((node) => reached.has(node));
  }
}

/** Attributes of the node that passes a value into a frame; a constant value is the same in every iteration. */
function enterAttributes(dtype: number, frame: Frame, constant: boolean): Record<string, AttributeValue> {
  return {
    T: { kind: 'type', value: dtype },
    frame_name: { kind: 'string', value: frame.name },
    is_constant: { kind: 'bool', value: constant },
    parallel_iterations: { kind: 'int', value: 1 },
  };
}
