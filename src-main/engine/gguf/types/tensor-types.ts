/** A tensor type of the format: how many values a block holds, and in how many bytes. */
export interface TensorType {
  readonly name: TensorTypeName;
  readonly id: number;
  readonly block: number;
  readonly bytes: number;
}

const type = <Name extends string>(name: Name, id: number, block: number, bytes: number) => ({
  name,
  id,
  block,
  bytes,
});

/** The types that Keel reads. Source: ggml.h and `GGML_QUANT_SIZES` of the Python package gguf. */
export const TENSOR_TYPES = [
  type('F32', 0, 1, 4),
  type('F16', 1, 1, 2),
  type('Q4_0', 2, 32, 18),
  type('Q4_1', 3, 32, 20),
  type('Q5_0', 6, 32, 22),
  type('Q5_1', 7, 32, 24),
  type('Q8_0', 8, 32, 34),
  type('Q2_K', 10, 256, 84),
  type('Q3_K', 11, 256, 110),
  type('Q4_K', 12, 256, 144),
  type('Q5_K', 13, 256, 176),
  type('Q6_K', 14, 256, 210),
  type('BF16', 30, 1, 2),
] as const;

export type TensorTypeName = (typeof TENSOR_TYPES)[number]['name'];

const BY_ID: ReadonlyMap<number, TensorType> = new Map(TENSOR_TYPES.map((one) => [one.id, one]));
const BY_NAME: ReadonlyMap<string, TensorType> = new Map(TENSOR_TYPES.map((one) => [one.name, one]));

/** Types that Keel does not read, by number, for messages. */
const OTHERS: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

/** The type with a given number; null if Keel does not read it. */
export function tensorTypeOf(id: number): TensorType | null {
  return BY_ID.get(id) ?? null;
}

/** The type with a given name. */
export function tensorTypeNamed(name: TensorTypeName): TensorType {
  return BY_NAME.get(name) as TensorType;
}

/** How a message names a type that Keel does not read. */
export function otherTypeName(id: number): string {
  return OTHERS[id] ?? `number ${id}`;
}
