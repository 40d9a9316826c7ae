/** Types in which Keel stores the weights of a Hugging Face folder, by PyTorch's names. */
export const EXPORT_DTYPES = ['float32', 'bfloat16', 'float16'] as const;
export type ExportDtype = (typeof EXPORT_DTYPES)[number];
