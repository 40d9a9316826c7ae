/** Types of GGUF file that Keel writes, by llama.cpp's names. */
export const GGUF_EXPORT_TYPES = ['F32', 'F16', 'Q8_0', 'Q4_0', 'Q4_K_M', 'Q5_K_M', 'Q6_K'] as const;
export type GgufExportType = (typeof GGUF_EXPORT_TYPES)[number];

/** The types that the file of an adapter can have; its factors are not quantized. */
export const GGUF_ADAPTER_TYPES = ['F16', 'F32'] as const satisfies readonly GgufExportType[];
