import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { orDiskFull } from '../../../disk/disk-full.ts';
import { removeBelow } from '../../../disk/remove-below.ts';
import type { Binding } from '../binding.ts';
import { type AttributeValue, type GraphNode, type Ref, refKey } from './graph-builder.ts';
import type { GraphFunction, OutlinedGraph } from './outline/outline.ts';
import { OUTPUT_NAMES } from './outline/output-names.ts';

const require = createRequire(import.meta.url);

/** A generated protobuf message, accessed through its setters. */
type Message = Record<string, (value: unknown) => unknown> & { serializeBinary(): Uint8Array };
type MessageClass = (new () => Message) & Record<string, new () => Message>;
type MessageName =
  | 'AttrValue'
  | 'FunctionDef'
  | 'FunctionDefLibrary'
  | 'GraphDef'
  | 'MetaGraphDef'
  | 'NameAttrList'
  | 'NodeDef'
  | 'OpDef'
  | 'Tensor'
  | 'TensorShape';
type Messages = Record<MessageName, MessageClass>;

let messages: Messages | null = null;

/** TensorFlow's protobuf classes, as shipped in the addon's package; loaded when the first graph is built. */
function protobuf(): Messages {
  messages ??= require('@tensorflow/tfjs-node-gpu/dist/proto/api_pb') as Messages;
  return messages;
}

function make(type: MessageClass, fields: Record<string, unknown>): Message {
  const message = new type();
  for (const [setter, value] of Object.entries(fields)) message[setter]?.(value);
  return message;
}

function shapeMessage(shape: readonly number[] | null): Message {
  const { TensorShape } = protobuf();
  const message = make(TensorShape, shape === null ? { setUnknownRank: true } : {});
  for (const size of shape ?? []) message.addDim?.(make(TensorShape.Dim as MessageClass, { setSize: size }));
  return message;
}

function listMessage(
  value: Extract<AttributeValue, { kind: 'ints' | 'floats' | 'types' | 'bools' | 'anyShapes' }>,
): Message {
  const ListValue = protobuf().AttrValue.ListValue as MessageClass;
  if (value.kind === 'anyShapes') {
    return make(ListValue, { setShapeList: Array.from({ length: value.value }, () => shapeMessage(null)) });
  }
  const setter = { ints: 'setIList', floats: 'setFList', types: 'setTypeList', bools: 'setBList' }[value.kind];
  return make(ListValue, { [setter]: value.value });
}

function tensorMessage({ dtype, shape, bytes }: Extract<AttributeValue, { kind: 'tensor' }>): Message {
  return make(protobuf().Tensor, { setDtype: dtype, setTensorShape: shapeMessage(shape), setTensorContent: bytes });
}

function attributeMessage(attribute: AttributeValue): Message {
  const { AttrValue } = protobuf();
  switch (attribute.kind) {
    case 'type':
      return make(AttrValue, { setType: attribute.value });
    case 'int':
      return make(AttrValue, { setI: attribute.value });
    case 'float':
      return make(AttrValue, { setF: attribute.value });
    case 'bool':
      return make(AttrValue, { setB: attribute.value });
    case 'string':
      return make(AttrValue, { setS: new TextEncoder().encode(attribute.value) });
    case 'shape':
      return make(AttrValue, { setShape: shapeMessage(attribute.value) });
    case 'function':
      return make(AttrValue, { setFunc: make(protobuf().NameAttrList, { setName: attribute.value }) });
    case 'tensor':
      return make(AttrValue, { setTensor: tensorMessage(attribute) });
    default:
      return make(AttrValue, { setList: listMessage(attribute) });
  }
}

/** A map field of a message. */
function mapOf<Value>(message: Message, getter: string): Map<string, Value> {
  return (message[getter] as unknown as () => Map<string, Value>).call(message);
}

function nodeMessage({ name, op, inputs, controls, attributes }: GraphNode, sourceOf = refKey): Message {
  const message = make(protobuf().NodeDef, { setName: name, setOp: op });
  for (const ref of inputs) message.addInput?.(sourceOf(ref));
  for (const control of controls) message.addInput?.(`^${control.name}`);
  const own = mapOf<Message>(message, 'getAttrMap');
  for (const [key, value] of attributes) own.set(key, attributeMessage(value));
  return message;
}

/** Definition of a function's parameter or result. */
const argument = (name: string, dtype: number) =>
  make(protobuf().OpDef.ArgDef as MessageClass, { setName: name, setType: dtype });

/** A function, whose nodes refer to outputs by name, and which TensorFlow must not write into its callers again. */
function functionMessage({ name, segment, given, results }: GraphFunction): Message {
  const { FunctionDef, OpDef } = protobuf();
  const inside = new Set(segment.nodes);
  const passed = [...segment.parameters, ...given.map((index) => segment.constants[index] as Ref)];
  const places = new Map(passed.map((ref, index) => [refKey(ref), `p${index}`]));
  const held = segment.constants.filter((_, index) => !given.includes(index));
  const nameOf = ({ node, output }: Ref) => `${node.name}:${OUTPUT_NAMES[node.op] ?? 'output'}:${output}`;
  const signature = make(OpDef, { setName: name });
  for (const [index, { dtype }] of passed.entries()) signature.addInputArg?.(argument(`p${index}`, dtype));
  for (const [index, { dtype }] of results.entries()) signature.addOutputArg?.(argument(`r${index}`, dtype));
  const message = make(FunctionDef, { setSignature: signature });
  for (const { node } of held) message.addNodeDef?.(nodeMessage({ ...node, controls: [] }));
  for (const node of segment.nodes) {
    const controls = node.controls.filter((control) => inside.has(control));
    message.addNodeDef?.(nodeMessage({ ...node, controls }, (ref) => places.get(refKey(ref)) ?? nameOf(ref)));
  }
  results.forEach(({ node, output, dtype }, index) => {
    const source = { node: segment.nodes[node] as GraphNode, output, dtype };
    mapOf<string>(message, 'getRetMap').set(`r${index}`, nameOf(source));
  });
  mapOf<Message>(message, 'getAttrMap').set('_noinline', attributeMessage({ kind: 'bool', value: true }));
  return message;
}

const TAG = 'keel';

/** Number of nodes that are messages at a time: the messages of a large graph take hundreds of megabytes. */
const ENCODED_AT_ONCE = 500;

/** A part of the graph as the bytes of a MetaGraphDef; bytes in sequence are one message with all parts. */
function encodePart(nodes: readonly GraphNode[]): Uint8Array {
  const { GraphDef, MetaGraphDef } = protobuf();
  const graph = new GraphDef();
  for (const node of nodes) graph.addNode?.(nodeMessage(node));
  return make(MetaGraphDef, { setGraphDef: graph }).serializeBinary();
}

/** A length in protobuf's form: 7 bits a byte, the lowest first. */
function lengthBytes(length: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = length; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 128 : 0));
  }
  return Uint8Array.from(bytes);
}

/** Field 2, of a stated length: `meta_graphs` of SavedModel in saved_model.proto. */
const META_GRAPHS = Uint8Array.of(0x12);

/** The bytes of a `saved_model.pb` that contains the graph. */
export function encodeSavedModel({ nodes, functions }: OutlinedGraph): Uint8Array {
  const { FunctionDefLibrary, GraphDef, MetaGraphDef } = protobuf();
  const info = new (MetaGraphDef.MetaInfoDef as MessageClass)();
  info.addTags?.(TAG);
  const parts = [make(MetaGraphDef, { setMetaInfoDef: info }).serializeBinary()];
  for (let at = 0; at < nodes.length; at += ENCODED_AT_ONCE) {
    parts.push(encodePart(nodes.slice(at, at + ENCODED_AT_ONCE)));
  }
  if (functions.length > 0) {
    const library = make(FunctionDefLibrary, { setFunctionList: functions.map(functionMessage) });
    const graph = make(GraphDef, { setLibrary: library });
    parts.push(make(MetaGraphDef, { setGraphDef: graph }).serializeBinary());
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([META_GRAPHS, lengthBytes(length), ...parts]);
}

/**
 * Loads a graph into its own session; returns the session's number. TensorFlow reads it from a file, for which the
 * temporary folder needs room. Throws TensorFlow's message, and `disk_full`.
 */
export function loadGraph(binding: Binding, graph: OutlinedGraph): number {
  const bytes = encodeSavedModel(graph);
  const what = 'A compiled step (set TMPDIR to use another folder)';
  const inTemporary = <Result>(write: () => Result) => orDiskFull(what, tmpdir(), write, bytes.length);
  const folder = inTemporary(() => mkdtempSync(path.join(tmpdir(), 'keel-graph-')));
  try {
    inTemporary(() => writeFileSync(path.join(folder, 'saved_model.pb'), bytes));
    return binding.loadSavedModel(folder, TAG);
  } finally {
    removeBelow(tmpdir(), folder);
  }
}
