import { type GraphNode, type Ref, SOURCES } from '../graph-builder.ts';
import { findRepeats, type Repeat } from './find-repeats.ts';
import { OUTPUT_NAMES, UPDATES } from './output-names.ts';
import { constantText, labelOf, type Segment, segmentOf } from './segment.ts';

/** A function of a graph: what each of several equal segments computes. */
export interface GraphFunction {
  readonly name: string;
  /** One of the segments. */
  readonly segment: Segment;
  /** Indices of the constants that are inputs, because the segments differ in them; the others are held inside. */
  readonly given: readonly number[];
  /** The values that are used outside: index of the node, and which of its outputs. */
  readonly results: readonly { readonly node: number; readonly output: number; readonly dtype: number }[];
}

export interface OutlinedGraph {
  readonly nodes: readonly GraphNode[];
  readonly functions: readonly GraphFunction[];
}

/** Graphs with fewer nodes are built and held at little cost as they are. */
const MANY_NODES = 1500;

/** Nodes with a name of their own are fetched or fed. */
const isNumbered = ({ name }: GraphNode) => /^n\d+$/.test(name);

/** Numbers for equal labels; -1 for what stays where it is. */
function numberLabels(nodes: readonly GraphNode[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(nodes, (node) => {
    if (!isNumbered(node) || !(node.op in OUTPUT_NAMES || UPDATES.has(node.op))) return -1;
    const label = labelOf(node);
    const number = known.get(label) ?? known.size;
    known.set(label, number);
    return number;
  });
}

/** For each place in a stretch, how many values from before it are used in the period after it, but none outside. */
function crossings(sequence: readonly GraphNode[], { from, period }: Repeat): number[] {
  const places = new Map(sequence.slice(from, from + 3 * period).map((node, index) => [node, index]));
  const lastUse = new Map<string, readonly [made: number, used: number]>();
  for (const [node, used] of places) {
    for (const { node: source, output } of node.inputs) {
      const made = places.get(source);
      if (made !== undefined) lastUse.set(`${source.name}:${output}`, [made, used]);
    }
  }
  return Array.from({ length: period }, (_, offset) => {
    const cut = offset + period;
    return [...lastUse.values()].filter(([made, used]) => made < cut && used >= cut).length;
  });
}

/** Cuts a stretch into its periods, where the fewest values pass from one to the next. */
function cut(sequence: readonly GraphNode[], labels: Int32Array, repeat: Repeat): Segment[] {
  const { from, to, period } = repeat;
  const passing = crossings(sequence, repeat);
  const start = from + passing.indexOf(Math.min(...passing));
  const count = Math.floor((to - start) / period);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * period;
    return segmentOf(sequence.slice(at, at + period), [...labels.subarray(at, at + period)]);
  });
}

/** The segments of the most frequent form. */
function mostFrequent(segments: readonly Segment[]): Segment[] {
  const groups = Map.groupBy(segments, ({ form }) => form);
  return [...groups.values()].reduce((best, group) => (group.length > best.length ? group : best), []);
}

/** Equal segments and the constants in which they differ. */
interface Group {
  readonly segments: Segment[];
  readonly given: readonly number[];
}

function groupOf(segments: Segment[]): Group {
  const [first] = segments as [Segment];
  const differs = (index: number) => {
    const texts = segments.map(({ constants }) => constantText(constants[index] as Ref));
    return texts.some((text) => text !== texts[0]);
  };
  return { segments, given: [...first.constants.keys()].filter(differs) };
}

/** What tells a group's function from others. */
function keyOf({ segments, given }: Group): string {
  const [{ form, constants }] = segments as [Segment];
  return `${form} | ${constants.map((ref, index) => (given.includes(index) ? '?' : constantText(ref))).join(' ')}`;
}

/** The outputs of nodes that are used outside of their segment, as `place.output`. */
function usedOutside(nodes: readonly GraphNode[], owners: ReadonlyMap<GraphNode, readonly [Segment, number]>) {
  const used = new Map<Segment, Map<string, Ref>>();
  for (const node of nodes) {
    for (const ref of node.inputs) {
      const owner = owners.get(ref.node);
      if (!owner || owners.get(node)?.[0] === owner[0]) continue;
      const [segment, place] = owner;
      const own = used.get(segment) ?? new Map<string, Ref>();
      used.set(segment, own.set(`${place}.${ref.output}`, ref));
    }
  }
  return used;
}

/** The function of a group, with every result that one of its segments needs. */
function functionOf(name: string, { segments, given }: Group, used: ReadonlyMap<Segment, ReadonlyMap<string, Ref>>) {
  const all = new Map(segments.flatMap((segment) => [...(used.get(segment) ?? [])]));
  const results = [...all].map(([key, { output, dtype }]) => ({ node: Number.parseInt(key, 10), output, dtype }));
  results.sort((a, b) => a.node - b.node || a.output - b.output);
  return { name, segment: segments[0] as Segment, given, results } satisfies GraphFunction;
}

/** The node that calls the function instead of a segment. */
function callOf(name: string, segment: Segment, { name: callee, given, results }: GraphFunction): GraphNode {
  const inside = new Set(segment.nodes);
  const inputs = [...segment.parameters, ...given.map((index) => segment.constants[index] as Ref)];
  const controls = new Set(segment.nodes.flatMap(({ controls }) => controls.filter((node) => !inside.has(node))));
  return {
    name,
    op: segment.nodes.some(({ op }) => UPDATES.has(op)) ? 'StatefulPartitionedCall' : 'PartitionedCall',
    inputs,
    controls: [...controls],
    attributes: new Map([
      ['Tin', { kind: 'types', value: inputs.map(({ dtype }) => dtype) }],
      ['Tout', { kind: 'types', value: results.map(({ dtype }) => dtype) }],
      ['f', { kind: 'function', value: callee }],
    ]),
    frame: (segment.nodes[0] as GraphNode).frame,
  };
}

/** Lets every node take its inputs from the calls instead of from the nodes that these replace. */
function redirect(
  nodes: readonly GraphNode[],
  owners: ReadonlyMap<GraphNode, readonly [Segment, number]>,
  calls: ReadonlyMap<Segment, readonly [GraphNode, GraphFunction]>,
): void {
  const moved = (ref: Ref): Ref => {
    const owner = owners.get(ref.node);
    if (!owner) return ref;
    const [call, { results }] = calls.get(owner[0]) as readonly [GraphNode, GraphFunction];
    const output = results.findIndex((result) => result.node === owner[1] && result.output === ref.output);
    return { node: call, output, dtype: ref.dtype };
  };
  for (const { inputs, controls } of nodes) {
    inputs.forEach((ref, index) => {
      inputs[index] = moved(ref);
    });
    const waits = controls.map((node) => {
      const owner = owners.get(node);
      return owner ? (calls.get(owner[0])?.[0] as GraphNode) : node;
    });
    controls.splice(0, controls.length, ...new Set(waits));
  }
}

/** Groups of equal segments that follow each other in one frame. */
function groupsIn(sequence: readonly GraphNode[]): Group[] {
  const labels = numberLabels(sequence);
  return findRepeats(labels).map((repeat) => groupOf(mostFrequent(cut(sequence, labels, repeat))));
}

/** Groups of equal segments, by what they compute. */
function findGroups(nodes: readonly GraphNode[]): Group[] {
  // What runs in a loop waits for nodes outside of it, which were recorded in between, but never the other way round:
  // a loop's results leave it through nodes that belong to no segment.
  const frames = Map.groupBy(
    nodes.filter(({ op }) => !SOURCES.has(op) && op !== 'Enter'),
    ({ frame }) => frame,
  );
  const found = [...frames.values()].flatMap(groupsIn);
  const groups = Map.groupBy(
    found.filter(({ segments }) => segments.length > 1),
    keyOf,
  );
  return [...groups.values()].map((same) => ({
    segments: same.flatMap(({ segments }) => segments),
    given: (same[0] as Group).given,
  }));
}

/**
 * A graph in which parts that repeat themselves, such as the layers of a network and their gradients, are functions:
 * TensorFlow then builds, optimizes, and holds each of them once. What is computed, and in which order, is the same.
 */
export function outline(nodes: readonly GraphNode[]): OutlinedGraph {
  if (nodes.length < MANY_NODES) return { nodes, functions: [] };
  const groups = findGroups(nodes);
  const segments = groups.flatMap((group) => group.segments);
  const owners = new Map(
    segments.flatMap((segment) => segment.nodes.map((node, place) => [node, [segment, place] as const])),
  );
  const used = usedOutside(nodes, owners);
  const functions = groups.map((group, index) => functionOf(`part${index}`, group, used));
  const calls = new Map(
    groups.flatMap((group, index) => {
      const callee = functions[index] as GraphFunction;
      return group.segments.map((segment, at) => {
        return [segment, [callOf(`call${index}_${at}`, segment, callee), callee] as const] as const;
      });
    }),
  );
  const kept = nodes.filter((node) => !owners.has(node));
  const all = [...kept, ...[...calls.values()].map(([call]) => call)];
  redirect(all, owners, calls);
  return { nodes: all, functions };
}
