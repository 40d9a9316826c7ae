/** The members of the native addon that the runtime uses. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | number[];
}

export interface Binding {
  createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView | readonly Uint8Array[]): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], feeds: string, fetches: string): TensorMetadata[];
  getNumOfSavedModels(): number;
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}

/** TensorFlow's dtype numbers, as in types.proto. */
export const DT = {
  float: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  half: 19,
  resource: 20,
  variant: 21,
} as const;

/** TensorFlow's attribute kinds, as in c_api.h. */
export const ATTRIBUTE = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

export const typeAttribute = (name: string, value: number): OpAttribute => ({ name, type: ATTRIBUTE.type, value });
export const shapeAttribute = (name: string, value: readonly number[]): OpAttribute => ({
  name,
  type: ATTRIBUTE.shape,
  value: [...value],
});
export const stringAttribute = (name: string, value: string): OpAttribute => ({ name, type: ATTRIBUTE.string, value });
export const boolAttribute = (name: string, value: boolean): OpAttribute => ({ name, type: ATTRIBUTE.bool, value });
export const intAttribute = (name: string, value: number): OpAttribute => ({ name, type: ATTRIBUTE.int, value });
