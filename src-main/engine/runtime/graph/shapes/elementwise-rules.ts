import { DT } from '../../binding.ts';
import { broadcast, input, integer, type Meta, type ShapeRule } from './meta.ts';

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

export const ELEMENTWISE_RULES: readonly (readonly [string, ShapeRule])[] = [
  ...each(UNARY, sameAsFirst),
  ...each('IsFinite IsInf IsNan', withDtype(DT.bool)),
  ...each(BINARY, binary),
  ...each('Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr NotEqual', comparison),
  ...each('Select SelectV2', choice),
  ['Cast', cast],
  ['SparseSoftmaxCrossEntropyWithLogits', sparseLoss],
];
