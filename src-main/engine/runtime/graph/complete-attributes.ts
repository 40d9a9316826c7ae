import type { AttributeValue, Ref } from './graph-builder.ts';

/**
 * Type attributes that eager execution fills in from its inputs but that a graph must state: by op, attribute = index
 * of the input that has the type. Ops not listed take `T` from their first input.
 */
const TYPES_FROM_INPUTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  BatchMatMulV3: { Ta: 0, Tb: 1 },
  Cast: { SrcT: 0 },
  ExpandDims: { T: 0, Tdim: 1 },
  Fill: { T: 1, index_type: 0 },
  GatherNd: { Tparams: 0, Tindices: 1 },
  GatherV2: { Tparams: 0, Tindices: 1, Taxis: 2 },
  ConcatV2: { T: 0 },
  IsFinite: { T: 0 },
  LogicalAnd: {},
  LogicalNot: {},
  LogicalOr: {},
  OneHot: { TI: 0, T: 2 },
  All: { Tidx: 1 },
  Any: { Tidx: 1 },
  Range: { Tidx: 0 },
  ReverseV2: { T: 0, Tidx: 1 },
  ScatterNd: { T: 1, Tindices: 0 },
  Select: { T: 1 },
  SelectV2: { T: 1 },
  Slice: { T: 0, Index: 1 },
  SparseSoftmaxCrossEntropyWithLogits: { T: 0, Tlabels: 1 },
  Split: { T: 1 },
  SplitV: { T: 0, Tlen: 1 },
  StatelessRandomUniform: { T: 0, Tseed: 1 },
  StridedSlice: { T: 0, Index: 1 },
  TensorScatterSub: { T: 0, Tindices: 1 },
  TensorScatterUpdate: { T: 0, Tindices: 1 },
  Tile: { T: 0, Tmultiples: 1 },
  Transpose: { T: 0, Tperm: 1 },
  UnsortedSegmentSum: { T: 0, Tindices: 1, Tnumsegments: 2 },
};

const FIRST_INPUT = { T: 0 } as const;

/** Adds the type attributes that are missing. */
export function completeAttributes(
  op: string,
  attributes: Record<string, AttributeValue>,
  inputs: readonly Ref[],
): Record<string, AttributeValue> {
  const completed = { ...attributes };
  for (const [name, index] of Object.entries(TYPES_FROM_INPUTS[op] ?? FIRST_INPUT)) {
    const source = inputs[index];
    if (source && !(name in completed)) completed[name] = { kind: 'type', value: source.dtype };
  }
  return completed;
}
