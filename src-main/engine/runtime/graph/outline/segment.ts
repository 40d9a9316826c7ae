import { type AttributeValue, type GraphNode, isSmall, type Ref, refKey } from '../graph-builder.ts';

/** Consecutive nodes of a graph, seen as a function of what they take from outside. */
export interface Segment {
  readonly nodes: readonly GraphNode[];
  /** Values from outside, in the order of their first use. */
  readonly parameters: readonly Ref[];
  /** Small constants that the nodes use, in the order of their first use. */
  readonly constants: readonly Ref[];
  /** What the nodes compute from them; equal for segments that compute the same. */
  readonly form: string;
}

/** An attribute as text. */
function attributeText(value: AttributeValue): string {
  return value.kind === 'tensor' ? `${value.dtype}[${value.shape}]${value.bytes.join()}` : JSON.stringify(value.value);
}

/** A constant that each function holds itself, so that TensorFlow knows its value there. */
export function isSmallConstant({ op, attributes }: GraphNode): boolean {
  const value = attributes.get('value');
  return op === 'Const' && value?.kind === 'tensor' && isSmall(value.bytes);
}

/** Operation and attributes of a node as text, without its inputs. */
export function labelOf({ op, attributes, inputs, controls }: GraphNode): string {
  const own = [...attributes].map(([name, value]) => `${name}=${attributeText(value)}`);
  return `${op} ${own.join(' ')} ${inputs.length} ${controls.length > 0}`;
}

/** The value of a constant as text. */
export const constantText = ({ node }: Ref) => attributeText(node.attributes.get('value') as AttributeValue);

/** Numbers things in the order of their first use. */
class Numbered {
  readonly refs: Ref[] = [];
  readonly #numbers = new Map<string, number>();

  number(ref: Ref): number {
    const key = refKey(ref);
    const known = this.#numbers.get(key) ?? this.refs.length;
    if (known === this.refs.length) this.refs.push(ref);
    this.#numbers.set(key, known);
    return known;
  }
}

/** Sees consecutive nodes as a function; `labels` are theirs. */
export function segmentOf(nodes: readonly GraphNode[], labels: readonly number[]): Segment {
  const places = new Map(nodes.map((node, index) => [node, index]));
  const parameters = new Numbered();
  const constants = new Numbered();
  const source = (ref: Ref): string => {
    const inside = places.get(ref.node);
    if (inside !== undefined) return `${inside}.${ref.output}`;
    return isSmallConstant(ref.node) ? `c${constants.number(ref)}` : `p${parameters.number(ref)}:${ref.dtype}`;
  };
  const form = nodes.map((node, index) => {
    const waits = node.controls.flatMap((control) => places.get(control) ?? []);
    return `${labels[index]}(${node.inputs.map(source)};${waits})`;
  });
  return { nodes, parameters: parameters.refs, constants: constants.refs, form: form.join(' ') };
}
