import type { ModelConfig } from './config/model-config.ts';

/** How a parameter of a new model is initialized. `uniform` is over ±bound. */
export type Init =
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' };

/** A trained tensor under its Hugging Face name, which is also its name in files. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
  /** Set on the matrix of a dense layer: stored as torch.nn.Linear's or as Conv1D's. */
  readonly layer?: 'linear' | 'conv1d';
}

const ZEROS: Init = { kind: 'zeros' };
const ONES: Init = { kind: 'ones' };

export function matrix(config: ModelConfig, name: string, shape: readonly number[], deviation?: number): Parameter {
  return { name, shape, init: { kind: 'normal', deviation: deviation ?? config.initializerRange } };
}

/** A dense layer as stored by torch.nn.Linear: weight [out, in], bias [out]. */
export function linearParameters(
  config: ModelConfig,
  name: string,
  out: number,
  inner: number,
  bias: boolean,
): Parameter[] {
  const weight: Parameter = { ...matrix(config, `${name}.weight`, [out, inner]), layer: 'linear' };
  return bias ? [weight, { name: `${name}.bias`, shape: [out], init: ZEROS }] : [weight];
}

/** A dense layer as stored by GPT-2's Conv1D: weight [in, out], bias [out]. */
export function conv1dParameters(
  config: ModelConfig,
  name: string,
  out: number,
  inner: number,
  deviation?: number,
): Parameter[] {
  return [
    { ...matrix(config, `${name}.weight`, [inner, out], deviation), layer: 'conv1d' },
    { name: `${name}.bias`, shape: [out], init: ZEROS },
  ];
}

/** A normalization: weight of ones and, for layer normalization, bias of zeros. */
export function normParameters(name: string, size: number, bias: boolean): Parameter[] {
  const weight: Parameter = { name: `${name}.weight`, shape: [size], init: ONES };
  return bias ? [weight, { name: `${name}.bias`, shape: [size], init: ZEROS }] : [weight];
}

/** A normalization whose scale is 1 + weight (Gemma): weight of zeros. */
export function centeredNormParameters(name: string, size: number): Parameter[] {
  return [{ name: `${name}.weight`, shape: [size], init: ZEROS }];
}
