import { KeelError } from '#contract/errors.ts';

/** The error for a damaged GGUF file; `where` names the file and, if known, the tensor or the metadata key. */
export function badGguf(where: string, why: string): KeelError {
  return new KeelError({
    code: 'gguf_invalid',
    why: `${where}: ${why}`,
    fix: 'Download the file again, or convert the model again with llama.cpp.',
  });
}

/** The error for a sound GGUF file with something that Keel does not support, which is named. */
export function unsupportedGguf(where: string, why: string, fix?: string): KeelError {
  return new KeelError({
    code: 'gguf_unsupported',
    why: `${where}: ${why}`,
    fix: fix ?? 'Use another GGUF file of the model, or its Hugging Face folder with safetensors.',
  });
}
