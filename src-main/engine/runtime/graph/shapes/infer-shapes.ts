import { DT } from '../../binding.ts';
import type { AttributeValue } from '../graph-builder.ts';
import { LAYOUT_RULES } from './layout-rules.ts';
import {
  broadcast,
  constantValue,
  flag,
  input,
  integer,
  type Meta,
  positive,
  type ShapeRule,
  UnknownShape,
} from './meta.ts';

const sameAsFirst: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  return [{ shape, dtype }];
};

const withDtype =
  (dtype: number): ShapeRule =>
  (inputs) => [{ shape: input(inputs, 0).shape, dtype }];

const cast: ShapeRule = (inputs, attributes) => [
  { shape: input(inputs, 0).shape, dtype: integer(attributes, 'DstT', DT.float) },
];

const binary: ShapeRule = (inputs) => {
  const [a, b] = [input(inputs, 0), input(inputs, 1)];
  return [{ shape: broadcast(a.shape, b.shape), dtype: a.dtype }];
};

const comparison: ShapeRule = (inputs) => [
  { shape: broadcast(input(inputs, 0).shape, input(inputs, 1).shape), dtype: DT.bool },
];

const choice: ShapeRule = (inputs) => {
  const [condition, a, b] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
  return [{ shape: broadcast(condition.shape, broadcast(a.shape, b.shape)), dtype: a.dtype }];
};

const each = (names: string, rule: ShapeRule) => names.split(' ').map((name) => [name, rule] as const);

/** Loss per row and its derivative. */
const sparseLoss: ShapeRule = (inputs): Meta[] => {
  const { shape, dtype } = input(inputs, 0);
  return [
    { shape: shape.slice(0, 1), dtype },
    { shape, dtype },
  ];
};

const UNARY =
  'Abs Ceil Cos Cosh Cumsum Cumprod DeepCopy Elu Erf Exp Expm1 Floor Identity Log Log1p LogSoftmax Neg OnesLike ' +
  'Reciprocal Relu Relu6 ReverseV2 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softmax Softplus Sqrt Square Tan Tanh ' +
  'TensorScatterSub TensorScatterUpdate TensorStridedSliceUpdate InplaceUpdate ZerosLike LogicalNot AddN BiasAdd';

const BINARY =
  'Add AddV2 Atan2 Div DivNoNan FloorDiv FloorMod Maximum Minimum Mod Mul MulNoNan Pow RealDiv SquaredDifference Sub';

const ELEMENTWISE_RULES: readonly (readonly [string, ShapeRule])[] = [
  ...each(UNARY, sameAsFirst),
  ...each('IsFinite IsInf IsNan', withDtype(DT.bool)),
  ...each(BINARY, binary),
  ...each('Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr NotEqual', comparison),
  ...each('Select SelectV2', choice),
  ['Cast', cast],
  ['SparseSoftmaxCrossEntropyWithLogits', sparseLoss],
];

const matMul =
  (first: string, second: string): ShapeRule =>
  (inputs, attributes) => {
    const [a, b] = [input(inputs, 0), input(inputs, 1)];
    const rows = a.shape.at(flag(attributes, first) ? -1 : -2) as number;
    const columns = b.shape.at(flag(attributes, second) ? -2 : -1) as number;
    return [{ shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns], dtype: a.dtype }];
  };

function reduced({ shape }: Meta, axes: readonly number[], keep: boolean): number[] {
  const gone = new Set(axes.map((axis) => positive(axis, shape.length)));
  return shape.flatMap((size, axis) => (gone.has(axis) ? (keep ? [1] : []) : [size]));
}

const reduction: ShapeRule = (inputs, attributes) => {
  const x = input(inputs, 0);
  return [{ shape: reduced(x, constantValue(inputs, 1), flag(attributes, 'keep_dims')), dtype: x.dtype }];
};

const place: ShapeRule = (inputs, attributes) => [
  {
    shape: reduced(input(inputs, 0), constantValue(inputs, 1), false),
    dtype: integer(attributes, 'output_type', DT.int64),
  },
];

const segmentSum: ShapeRule = (inputs) => {
  const [data, segments] = [input(inputs, 0), input(inputs, 1)];
  const count = constantValue(inputs, 2);
  return [{ shape: [...count, ...data.shape.slice(segments.shape.length)], dtype: data.dtype }];
};

const fill: ShapeRule = (inputs) => [{ shape: constantValue(inputs, 0), dtype: input(inputs, 1).dtype }];

const range: ShapeRule = (inputs) => {
  const [start = 0, stop = 0, step = 1] = [0, 1, 2].map((index) => constantValue(inputs, index)[0] as number);
  return [{ shape: [Math.max(0, Math.ceil((stop - start) / step))], dtype: input(inputs, 0).dtype }];
};

const oneHot: ShapeRule = (inputs, attributes) => {
  const { shape } = input(inputs, 0);
  const axis = positive(integer(attributes, 'axis', -1), shape.length + 1);
  return [{ shape: shape.toSpliced(axis, 0, ...constantValue(inputs, 1)), dtype: input(inputs, 2).dtype }];
};

const topK: ShapeRule = (inputs) => {
  const { shape, dtype } = input(inputs, 0);
  const kept = shape.with(-1, constantValue(inputs, 1)[0] as number);
  return [
    { shape: kept, dtype },
    { shape: kept, dtype: DT.int32 },
  ];
};

const random: ShapeRule = (inputs, attributes) => [
  { shape: constantValue(inputs, 0), dtype: integer(attributes, 'dtype', DT.float) },
];

const RULES: ReadonlyMap<string, ShapeRule> = new Map([
  ...ELEMENTWISE_RULES,
  ...LAYOUT_RULES,
  ...['All', 'Any', 'Max', 'Mean', 'Min', 'Prod', 'Sum'].map((name) => [name, reduction] as const),
  ['ArgMax', place],
  ['ArgMin', place],
  ['BatchMatMulV2', matMul('adj_x', 'adj_y')],
  ['BatchMatMulV3', matMul('adj_x', 'adj_y')],
  ['MatMul', matMul('transpose_a', 'transpose_b')],
  ['Fill', fill],
  ['L2Loss', (inputs) => [{ shape: [], dtype: input(inputs, 0).dtype }]],
  ['OneHot', oneHot],
  ['Range', range],
  ['StatelessRandomUniform', random],
  ['TopKV2', topK],
  ['UnsortedSegmentSum', segmentSum],
]);

/** Shapes and dtypes of an operation's outputs. Throws {@link UnknownShape}. */
export function inferShapes(
  op: string,
  inputs: readonly Meta[],
  attributes: Readonly<Record<string, AttributeValue>>,
): Meta[] {
  const rule = RULES.get(op);
  if (!rule) throw new UnknownShape(`No shape rule for ${op}.`);
  return rule(inputs, attributes);
}
