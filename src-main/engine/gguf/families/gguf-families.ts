import { unsupportedGguf } from '../bad-gguf.ts';
import type { GgufFacts } from '../facts.ts';
import { gemma3 } from './gemma3.ts';
import type { GgufFamily } from './gguf-family.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { granite } from './granite.ts';
import { llama } from './llama.ts';
import { mistral3 } from './mistral3.ts';
import { olmo } from './olmo.ts';
import { phi3 } from './phi3.ts';
import { qwen2, qwen3 } from './qwen.ts';
import { smollm3 } from './smollm3.ts';

const FAMILIES: readonly GgufFamily[] = [
  llama,
  qwen2,
  qwen3,
  gpt2,
  gptNeox,
  smollm3,
  granite,
  olmo,
  gemma3,
  phi3,
  mistral3,
];

/** The family of an open file. @throws KeelError `gguf_unsupported` for another architecture. */
export function familyOfFile(facts: GgufFacts): GgufFamily {
  const found = FAMILIES.find(({ architecture }) => architecture === facts.architecture);
  if (found) return found;
  const known = FAMILIES.map(({ architecture }) => architecture).join(', ');
  throw unsupportedGguf(
    facts.file.path,
    `its architecture is ${JSON.stringify(facts.architecture)}; Keel reads ${known}.`,
    'Choose a model of one of these architectures.',
  );
}

/** The family that a `model_type` is written as. @throws KeelError `gguf_unsupported` if there is none. */
export function familyOfModelType(modelType: string): GgufFamily {
  const found = FAMILIES.find(({ modelTypes }) => modelTypes.includes(modelType));
  if (found) return found;
  const known = FAMILIES.flatMap(({ modelTypes }) => modelTypes).join(', ');
  throw unsupportedGguf(`model_type ${modelType}`, `Keel writes GGUF for ${known} only.`, 'Export as hf.');
}

/** Name and layout of a tensor in the other format, by its name in the given one. */
export function renamer({ tensors }: GgufFamily, from: 'gguf' | 'hf') {
  const to = from === 'gguf' ? 'hf' : 'gguf';
  const byPattern = new Map(tensors.map((tensor) => [tensor[from], tensor]));
  return (name: string) => {
    const layer = /\.(\d+)\./.exec(name)?.[1];
    const found = byPattern.get(name.replace(/\.\d+\./, '.{}.'));
    if (!found) return null;
    return { name: layer === undefined ? found[to] : found[to].replace('{}', layer), layout: found.layout };
  };
}
