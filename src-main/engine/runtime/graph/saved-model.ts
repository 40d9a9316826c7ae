import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { orDiskFull } from '../../../disk/disk-full.ts';
import { removeBelow } from '../../../disk/remove-below.ts';
import type { Binding } from '../binding.ts';
import type { AttributeValue, GraphNode } from './graph-builder.ts';

const require = createRequire(import.meta.url);

/** A generated protobuf message, accessed through its setters. */
type Message = Record<string, (value: unknown) => unknown> & { serializeBinary(): Uint8Array };
type MessageClass = (new () => Message) & Record<string, new () => Message>;
type Messages = Record<'AttrValue' | 'GraphDef' | 'MetaGraphDef' | 'NodeDef' | 'Tensor' | 'TensorShape', MessageClass>;

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
    case 'tensor':
      return make(AttrValue, { setTensor: tensorMessage(attribute) });
    default:
      return make(AttrValue, { setList: listMessage(attribute) });
  }
}

function nodeMessage(node: GraphNode): Message {
  const message = make(protobuf().NodeDef, { setName: node.name, setOp: node.op });
  for (const { node: source, output } of node.inputs) message.addInput?.(`${source.name}:${output}`);
  for (const control of node.controls) message.addInput?.(`^${control.name}`);
  const attributes = (message.getAttrMap as unknown as () => Map<string, Message>).call(message);
  for (const [name, value] of node.attributes) attributes.set(name, attributeMessage(value));
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
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const { MetaGraphDef } = protobuf();
  const info = new (MetaGraphDef.MetaInfoDef as MessageClass)();
  info.addTags?.(TAG);
  const parts = [make(MetaGraphDef, { setMetaInfoDef: info }).serializeBinary()];
  for (let at = 0; at < nodes.length; at += ENCODED_AT_ONCE) {
    parts.push(encodePart(nodes.slice(at, at + ENCODED_AT_ONCE)));
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([META_GRAPHS, lengthBytes(length), ...parts]);
}

/**
 * Loads a graph into its own session; returns the session's number. TensorFlow reads it from a file, for which the
 * temporary folder needs room. Throws TensorFlow's message, and `disk_full`.
 */
export function loadGraph(binding: Binding, nodes: readonly GraphNode[]): number {
  const bytes = encodeSavedModel(nodes);
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
